namespace E3.Relay.Rules.Bodies;

/// <summary>What a selector of a compiled body is for.</summary>
/// <param name="Operation">The operation; -1 when the selector finds a bound value.</param>
/// <param name="BindSlot">The bound value; -1 when the selector is an operation's.</param>
/// <param name="IsRequired">Selecting nothing refuses the message.</param>
/// <param name="RuleId">The rule.</param>
internal readonly record struct SelectorTarget(int Operation, int BindSlot, bool IsRequired, string RuleId);
