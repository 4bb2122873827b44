namespace E3.Relay.Rules.Documents;

/// <summary>A list.</summary>
internal sealed class SequenceNode(int line, int column) : DocumentNode(line, column)
{
    internal List<DocumentNode> Items { get; } = [];

    internal override string Kind => "a list";
}
