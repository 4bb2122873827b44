namespace E3.Relay.Rules.Xml;

/// <summary>A selector of a plan with the reading of names that its rule asks for.</summary>
/// <param name="Path">The selector.</param>
/// <param name="ExactNames">Names and namespaces are compared as XPath says.</param>
internal readonly record struct XmlSelector(XmlPath Path, bool ExactNames);
