using E3.Relay.Rules.Selectors;

namespace E3.Relay.Rules.Documents;

/// <summary>The selectors of an operation that select in the head of a message: in its target and its header fields.</summary>
internal sealed record HeadSelectors
{
    internal static HeadSelectors None { get; } = new();

    internal List<SelectorModel<FormName>> Query { get; } = [];

    internal List<SelectorModel<HeaderName>> Header { get; } = [];

    internal List<SelectorModel<FormName>> Cookie { get; } = [];

    /// <summary>Segments of the path, counted from 1.</summary>
    internal List<SelectorModel<int>> Path { get; } = [];

    /// <summary>Each selector in words for a message.</summary>
    internal IEnumerable<string> Texts =>
        Query.Select(query => $"query name '{query.Selector.Text}'").Concat(Header.Select(header => $"header '{header.Selector.Text}'"))
            .Concat(Cookie.Select(cookie => $"cookie '{cookie.Selector.Text}'")).Concat(Path.Select(segment => $"path segment {segment.Selector}"));

    internal bool IsEmpty => Query.Count == 0 && Header.Count == 0 && Cookie.Count == 0 && Path.Count == 0;
}
