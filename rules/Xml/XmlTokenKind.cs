namespace E3.Relay.Rules.Xml;

/// <summary>What stands at a place of an XML document.</summary>
internal enum XmlTokenKind : byte
{
    /// <summary>Nothing was read, or what was read is refused.</summary>
    None,

    /// <summary>The XML declaration; its pseudo-attributes are among the attributes.</summary>
    Declaration,

    /// <summary>A start tag or an empty-element tag.</summary>
    StartElement,

    EndElement,

    /// <summary>Character data between two pieces of markup, references in it.</summary>
    Text,

    CData,

    Comment,

    ProcessingInstruction,
}
