namespace E3.Relay.Rules.Documents;

/// <summary>A node of a rule file with its place.</summary>
internal abstract class DocumentNode(int line, int column)
{
    internal int Line { get; } = line;

    internal int Column { get; } = column;

    /// <summary>What the node is, in words for a message.</summary>
    internal abstract string Kind { get; }
}
