namespace E3.Relay.Rules.Selectors;

/// <summary>One segment: a child segment, or one that descends.</summary>
/// <param name="Descends">Whether the steps apply to the node and all of its descendants (<c>..</c>).</param>
/// <param name="Steps">What a child must match, one of them.</param>
internal sealed record JsonPathSegment(bool Descends, IReadOnlyList<JsonPathStep> Steps)
{
    /// <summary>Whether these segments lead to at most one node (RFC 9535, section 2.3.5.1).</summary>
    internal static bool AreSingular(IReadOnlyList<JsonPathSegment> segments) =>
        segments.All(segment => !segment.Descends && segment.Steps is [{ Kind: JsonPathStepKind.Name or JsonPathStepKind.Index }]);
}
