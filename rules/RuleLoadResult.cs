namespace E3.Relay.Rules;

/// <summary>What loading gave: a rule set, or every problem found.</summary>
/// <param name="Rules">The rules; null when there is a problem.</param>
/// <param name="Problems">All problems of all files, in file and line order; empty when the rules loaded.</param>
public sealed record RuleLoadResult(RuleSet? Rules, IReadOnlyList<RuleProblem> Problems);
