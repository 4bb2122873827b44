namespace E3.Relay.Rules;

/// <summary>The selected values of two parts of one message, those of the first part first, so that both can be transformed in one call.</summary>
/// <param name="first">One part.</param>
/// <param name="second">The other.</param>
public sealed class JoinedSelection(FieldSelection first, FieldSelection second) : FieldSelection
{
    /// <inheritdoc/>
    public override IReadOnlyList<FieldOperation> Operations { get; } = [.. first.Operations, .. second.Operations];

    /// <inheritdoc/>
    public override IReadOnlyList<SelectedField> Fields { get; } =
        [.. first.Fields, .. second.Fields.Select(field => field with { Operation = field.Operation + first.Operations.Count })];

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> Context(int operation) =>
        operation < first.Operations.Count ? first.Context(operation) : second.Context(operation - first.Operations.Count);

    /// <inheritdoc/>
    public override FieldPlace PlaceOf(int field) => field < first.Fields.Count ? first.PlaceOf(field) : second.PlaceOf(field - first.Fields.Count);
}
