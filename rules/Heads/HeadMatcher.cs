using E3.Relay.Rules.Bodies;
using E3.Relay.Rules.Selectors;

namespace E3.Relay.Rules.Heads;

/// <summary>All selectors of a plan that select in the head of a message. Selectors are known by the numbers of their targets.</summary>
internal sealed class HeadMatcher
{
    private readonly int[] _queryTargets, _cookieTargets;

    internal HeadMatcher(Builder builder)
    {
        Query = builder.Query.Count == 0 ? null : new FormMatcher([.. builder.Query.Select(entry => (entry.Name, entry.ExactNames))]);
        Cookies = builder.Cookies.Count == 0 ? null : new FormMatcher([.. builder.Cookies.Select(entry => (entry.Name, entry.ExactNames))]);
        Headers = builder.Headers.Count == 0 ? null : new HeaderMatcher(builder.Headers);
        _queryTargets = [.. builder.Query.Select(entry => entry.Target)];
        _cookieTargets = [.. builder.Cookies.Select(entry => entry.Target)];
        Segments = [.. builder.Segments];
    }

    internal FormMatcher? Query { get; }

    internal FormMatcher? Cookies { get; }

    internal HeaderMatcher? Headers { get; }

    /// <summary>The selected segments of the path, counted from 1, each with its target.</summary>
    internal (int Segment, int Target)[] Segments { get; }

    internal int QueryTarget(int selector) => _queryTargets[selector];

    internal int CookieTarget(int selector) => _cookieTargets[selector];

    /// <summary>Gathers the selectors.</summary>
    internal sealed class Builder
    {
        internal List<(FormName Name, bool ExactNames, int Target)> Query { get; } = [];

        internal List<(FormName Name, bool ExactNames, int Target)> Cookies { get; } = [];

        internal List<(HeaderName Name, bool ExactNames, int Target)> Headers { get; } = [];

        internal List<(int Segment, int Target)> Segments { get; } = [];
    }
}
