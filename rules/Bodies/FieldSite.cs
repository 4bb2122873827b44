using E3.Relay.Rules.Xml;

namespace E3.Relay.Rules.Bodies;

/// <summary>Where a selected value stands in the body.</summary>
/// <param name="Start">First byte, its quote included.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Depth">How many arrays and objects are open around it.</param>
/// <param name="WantsEquals">A form name without an equals sign: writing a value adds one.</param>
/// <param name="Place">How it stands in an XML document.</param>
/// <param name="IsInText">A part of a longer text: what is written there is the text of a value.</param>
internal readonly record struct FieldSite(int Start, int Length, int Depth, bool WantsEquals, XmlPlace Place = default, bool IsInText = false);
