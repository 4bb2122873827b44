namespace E3.Relay.Rules.Xml;

/// <summary>What kind of node a step selects.</summary>
internal enum XmlPathStepKind : byte
{
    Element,
    Attribute,
    Text,
}
