using E3.Relay.Rules.Selectors;
using E3.Relay.Rules.Xml;

namespace E3.Relay.Rules.Documents;

/// <summary>Where one value of a bound context comes from.</summary>
/// <param name="Text">The source as it was written.</param>
/// <param name="PathSegment">Segment of the request path, counted from 1; 0 when the value comes from elsewhere.</param>
/// <param name="Json">Where in a JSON body; null when the value comes from elsewhere.</param>
/// <param name="Claim">The claim of the caller; null when the value comes from elsewhere.</param>
/// <param name="Xml">Where in an XML body; null when the value comes from elsewhere.</param>
internal sealed record BindSource(string Text, int PathSegment, JsonPath? Json, string? Claim, XmlPath? Xml = null);
