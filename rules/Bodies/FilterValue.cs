namespace E3.Relay.Rules.Bodies;

/// <summary>A value in a comparison, or none. A value of the body is its node: the text is decoded only when it is compared.</summary>
/// <param name="Type">Its type; 0 for none (RFC 9535, section 2.4.1).</param>
/// <param name="Node">The node; -1 for a literal or the result of a function.</param>
/// <param name="Literal">The decoded string or source text of a literal.</param>
/// <param name="Integer">The result of a function.</param>
internal readonly record struct FilterValue(FieldType Type, int Node, ReadOnlyMemory<byte> Literal, int Integer)
{
    internal static FilterValue Nothing => new(0, -1, default, 0);

    internal static FilterValue OfLiteral(FieldType type, ReadOnlyMemory<byte> text) => new(type, -1, text, 0);

    internal static FilterValue OfNode(FieldType type, int node) => new(type, node, default, 0);

    internal static FilterValue OfInteger(int integer) => new(FieldType.Number, -1, default, integer);

    /// <summary>Type only: the value never reaches a log.</summary>
    public override string ToString() => $"FilterValue {Type}";
}
