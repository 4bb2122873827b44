using System.Xml.XPath;

namespace E3.Relay.Rules.Xml;

/// <summary>
/// One node of a document (XPath 1.0, section 5). Nodes stand in document order: behind an element its attributes, then what is in it, then its next sibling.
/// So most links follow from the index, and a document of nothing but tags takes some ten times its size.
/// </summary>
internal struct XmlTreeNode
{
    internal int Parent;

    /// <summary>The sibling before; 0 when there is none.</summary>
    internal int Previous;

    /// <summary>How many attributes stand behind an element.</summary>
    internal int Attributes;

    /// <summary>The index after the last node inside.</summary>
    internal int End;

    /// <summary>The first byte of the node, which tells it apart from all others.</summary>
    internal int Start;

    /// <summary>Where the value of a node stands that has one of its own.</summary>
    internal int ValueStart, ValueLength;

    /// <summary>Index into <see cref="XmlTreeNames"/>.</summary>
    internal int Name;

    private byte _type;

    internal bool IsEmptyElement;

    internal XPathNodeType Type
    {
        readonly get => (XPathNodeType)_type;
        set => _type = (byte)value;
    }
}
