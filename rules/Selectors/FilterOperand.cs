using System.Text;

namespace E3.Relay.Rules.Selectors;

/// <summary>One of the values that a filter compares.</summary>
internal abstract record FilterOperand
{
    /// <summary>A literal.</summary>
    /// <param name="Type">String, number, boolean or null.</param>
    /// <param name="Text">The decoded string, or the source text of the others.</param>
    internal sealed record Literal(FieldType Type, string Text) : FilterOperand
    {
        internal ReadOnlyMemory<byte> Utf8 { get; } = Encoding.UTF8.GetBytes(Text);
    }

    /// <summary>The value that a singular query selects.</summary>
    internal sealed record Selected(FilterQuery Query) : FilterOperand;

    internal sealed record Length(FilterOperand Of) : FilterOperand;

    internal sealed record Count(FilterQuery Query) : FilterOperand;

    /// <summary>The value of the only node that a query selects.</summary>
    internal sealed record Only(FilterQuery Query) : FilterOperand;
}
