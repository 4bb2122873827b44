namespace E3.Relay.Rules.Selectors;

/// <summary>A parsed JSONPath query (RFC 9535).</summary>
/// <param name="Text">The query as it was written.</param>
/// <param name="Segments">The segments after the root identifier.</param>
internal sealed record JsonPath(string Text, IReadOnlyList<JsonPathSegment> Segments)
{
    /// <summary>Whether the query can select at most one node (RFC 9535, section 2.3.5.1).</summary>
    internal bool IsSingular { get; } = JsonPathSegment.AreSingular(Segments);
}
