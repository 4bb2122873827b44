using System.Xml.XPath;

namespace E3.Relay.Rules.Xml;

/// <summary>One node of a document (XPath 1.0, section 5). Links are indices into <see cref="XmlTree"/>; 0, the root, stands for none.</summary>
internal struct XmlTreeNode
{
    internal XPathNodeType Type;

    internal int Parent;

    internal int Next;

    internal int Previous;

    internal int FirstChild;

    internal int LastChild;

    internal int FirstAttribute;

    /// <summary>The index after the last node inside.</summary>
    internal int End;

    /// <summary>The first byte of the node, which tells it apart from all others.</summary>
    internal int Start;

    internal string Prefix;

    internal string Name;

    internal string Uri;

    /// <summary>The value of a node that has one of its own.</summary>
    internal string Value;

    internal bool IsEmptyElement;
}
