namespace E3.Relay.Rules.Selectors;

/// <summary>A query inside of a filter.</summary>
/// <param name="IsAbsolute">It begins at the document (<c>$</c>), not at the child that is being judged (<c>@</c>).</param>
/// <param name="Segments">The segments after that.</param>
internal sealed record FilterQuery(bool IsAbsolute, IReadOnlyList<JsonPathSegment> Segments)
{
    internal bool IsSingular { get; } = JsonPathSegment.AreSingular(Segments);
}
