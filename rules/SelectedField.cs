namespace E3.Relay.Rules;

/// <summary>One selected value.</summary>
/// <param name="Operation">Index into <see cref="BodyPlan.Operations"/>.</param>
/// <param name="Type">The value's type.</param>
/// <param name="Value">Decoded UTF-8 text; the exact source text of a number; <c>true</c> or <c>false</c>.</param>
/// <param name="IsToken">The whole value is a well-formed token.</param>
public readonly record struct SelectedField(int Operation, FieldType Type, ReadOnlyMemory<byte> Value, bool IsToken)
{
    /// <summary>Type and length only: the value never reaches a log.</summary>
    public override string ToString() => $"SelectedField {Operation} {Type}";
}
