namespace E3.Relay.Rules.Bodies;

/// <summary>What a selector of a compiled body is for.</summary>
/// <param name="Operation">The operation; -1 when the selector finds a bound value.</param>
/// <param name="BindSlot">The bound value; -1 when the selector is an operation's.</param>
/// <param name="IsRequired">Selecting nothing refuses the message.</param>
/// <param name="RuleId">The rule.</param>
/// <param name="Guards">The selector is one of queries, and looks for its fields in a form.</param>
/// <param name="Family">What its operation does to a value, by the number of the first one in the plan that does the same; -1 when none does. For guarding selectors alone.</param>
internal readonly record struct SelectorTarget(int Operation, int BindSlot, bool IsRequired, string RuleId, bool Guards = false, int Family = -1);
