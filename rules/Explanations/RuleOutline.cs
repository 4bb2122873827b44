namespace E3.Relay.Rules.Explanations;

/// <summary>A request that one rule matches, for those who try it.</summary>
/// <param name="RuleId">The rule.</param>
/// <param name="Method">The first method that it names; null when it is for any.</param>
/// <param name="Host">The first host that it names; null when it is for any.</param>
/// <param name="Path">A path under its pattern, in which wildcards stand for the segment <c>1</c>.</param>
/// <param name="HasRequest">It has operations on requests.</param>
/// <param name="HasResponse">It has operations on responses.</param>
public sealed record RuleOutline(string RuleId, string? Method, string? Host, string Path, bool HasRequest, bool HasResponse);
