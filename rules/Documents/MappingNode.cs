namespace E3.Relay.Rules.Documents;

/// <summary>A mapping, with its entries as they stand in the file: repeated keys are still there.</summary>
internal sealed class MappingNode(int line, int column) : DocumentNode(line, column)
{
    internal List<KeyValuePair<ScalarNode, DocumentNode>> Entries { get; } = [];

    internal override string Kind => "a mapping";
}
