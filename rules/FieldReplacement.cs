namespace E3.Relay.Rules;

/// <summary>What to write in place of a selected value. The default value keeps the original bytes.</summary>
/// <param name="Replace">False keeps the original bytes.</param>
/// <param name="Type">The type of the new value.</param>
/// <param name="Value">The new value in the form that <see cref="SelectedField.Value"/> has.</param>
public readonly record struct FieldReplacement(bool Replace, FieldType Type, ReadOnlyMemory<byte> Value)
{
    /// <summary>Type only: the value never reaches a log.</summary>
    public override string ToString() => Replace ? $"FieldReplacement {Type}" : "FieldReplacement none";
}
