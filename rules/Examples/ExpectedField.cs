namespace E3.Relay.Rules.Examples;

/// <summary>What is expected of the fields that a selector selects.</summary>
/// <param name="Place">Where in the message: <c>json</c>, <c>form</c>, <c>xml</c>.</param>
/// <param name="Selector">The selector as it stands in the file.</param>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Outcome">What becomes of each of them.</param>
/// <param name="Value">The text that each has then; null when it is not asked.</param>
/// <param name="ValueIsPlain">The text stood without quotes, so that it may be a number or a boolean.</param>
public sealed record ExpectedField(string Place, string Selector, int Line, FieldOutcome Outcome, string? Value = null, bool ValueIsPlain = false);
