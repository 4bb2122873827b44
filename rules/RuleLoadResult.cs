namespace E3.Relay.Rules;

/// <summary>What loading gave: a rule set, or every mistake found; and warnings in either case.</summary>
/// <param name="Rules">The rules; null when there is a mistake.</param>
/// <param name="Problems">All mistakes of all files, in file and line order; empty when the rules loaded.</param>
/// <param name="Warnings">What loads and is probably not meant, in the same order.</param>
public sealed record RuleLoadResult(RuleSet? Rules, IReadOnlyList<RuleProblem> Problems, IReadOnlyList<RuleProblem> Warnings);
