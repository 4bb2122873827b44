namespace E3.Relay.Rules.Explanations;

/// <summary>One operation in words.</summary>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Text">What it does, such as <c>encrypt as card, bound to path:2</c>.</param>
/// <param name="Selectors">Its selectors by the part of a message in which they select, such as <c>json</c>.</param>
public sealed record OperationExplanation(int Line, string Text, IReadOnlyList<KeyValuePair<string, IReadOnlyList<string>>> Selectors);
