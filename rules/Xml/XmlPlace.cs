namespace E3.Relay.Rules.Xml;

/// <summary>How a value stands in a document, and so how another is written in its place.</summary>
[Flags]
internal enum XmlPlace : byte
{
    /// <summary>The content of an element, or a text in it.</summary>
    Content = 0,

    /// <summary>Between the quotes of an attribute.</summary>
    Attribute = 1,

    /// <summary>The end <c>/&gt;</c> of an empty-element tag: a value brings an end tag with it.</summary>
    EmptyElement = 2,

    /// <summary>The document says that it is ASCII: other characters are written as references.</summary>
    Ascii = 4,
}
