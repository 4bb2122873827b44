namespace E3.Relay.Rules.Examples;

/// <summary>A piece of an example's text.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Type">The type of the value that a token holds.</param>
/// <param name="Value">The text, or the value that a token holds.</param>
public readonly record struct ExamplePart(ExamplePartKind Kind, FieldType Type, string Value);
