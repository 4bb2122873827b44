namespace E3.Relay.Rules.Xml;

/// <summary>The kinds of steps that lead on from a set of states.</summary>
[Flags]
internal enum XmlEdges : byte
{
    None = 0,
    ElementNames = 1,
    AnyElement = 2,
    Descend = 4,
    AttributeNames = 8,
    AnyAttribute = 16,
    Text = 32,

    /// <summary>No step: a path ends at one of the states.</summary>
    Accepts = 64,

    Elements = ElementNames | AnyElement | Descend,
    Attributes = AttributeNames | AnyAttribute,
}
