namespace E3.Relay.Rules.Bodies;

/// <summary>The selected values of a body as those of any part of a message.</summary>
internal sealed class BodyFields(BodySelection selection) : FieldSelection
{
    public override IReadOnlyList<FieldOperation> Operations => selection.Operations;

    public override IReadOnlyList<SelectedField> Fields => selection.Fields;

    public override ReadOnlyMemory<byte> Context(int operation) => selection.Context(operation);

    public override FieldPlace PlaceOf(int field) => selection.PlaceOf(field);
}
