namespace E3.Relay.Rules.Xml;

/// <summary>An attribute, or a pseudo-attribute of the declaration, by its place in the document.</summary>
internal struct XmlAttributeSite
{
    internal XmlName Name;

    /// <summary>First byte of the value, after the quote.</summary>
    internal int ValueStart;

    internal int ValueLength;

    /// <summary>It declares a namespace.</summary>
    internal bool IsDeclaration;

    /// <summary>Index into <see cref="XmlNamespaces"/>; -1 when the prefix is not declared.</summary>
    internal int Namespace;
}
