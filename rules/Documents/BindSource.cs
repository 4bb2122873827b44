using E3.Relay.Rules.Selectors;
using E3.Relay.Rules.Xml;

namespace E3.Relay.Rules.Documents;

/// <summary>Where one value of a bound context comes from.</summary>
/// <param name="Text">The source as it was written.</param>
/// <param name="PathSegment">Segment of the request path, counted from 1; 0 when the value comes from elsewhere.</param>
/// <param name="Json">Where in a JSON body; null when the value comes from elsewhere.</param>
/// <param name="Claim">The claim of the caller; null when the value comes from elsewhere.</param>
/// <param name="Xml">Where in an XML body; null when the value comes from elsewhere.</param>
/// <param name="Query">The field of the request's query; null when the value comes from elsewhere.</param>
/// <param name="Header">The field of the request's header; null when the value comes from elsewhere.</param>
internal sealed record BindSource(string Text, int PathSegment, JsonPath? Json, string? Claim, XmlPath? Xml = null, FormName? Query = null, HeaderName? Header = null)
{
    /// <summary>A value of the head of the request, as the client sent it.</summary>
    internal bool IsOfHead => PathSegment > 0 || Query is not null || Header is not null;
}
