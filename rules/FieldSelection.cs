namespace E3.Relay.Rules;

/// <summary>The selected values of one part of a message, with the operations that are to be applied to them.</summary>
public abstract class FieldSelection
{
    private protected FieldSelection()
    {
    }

    /// <summary>The operations; <see cref="SelectedField.Operation"/> is an index into them.</summary>
    public abstract IReadOnlyList<FieldOperation> Operations { get; }

    /// <summary>The selected values in the order of the message. Null values are never among them.</summary>
    public abstract IReadOnlyList<SelectedField> Fields { get; }

    /// <summary>The bound context of an operation: each value with its length before it (u32, big-endian); empty when the rule binds nothing or the operation selected nothing.</summary>
    /// <param name="operation">Index into <see cref="Operations"/>.</param>
    public abstract ReadOnlyMemory<byte> Context(int operation);

    /// <summary>Where a field stands.</summary>
    /// <param name="field">Index into <see cref="Fields"/>.</param>
    public abstract FieldPlace PlaceOf(int field);
}
