using System.Diagnostics.CodeAnalysis;
using E3.Relay.Rules.Matching;
using E3.Relay.Rules.Names;

namespace E3.Relay.Rules;

/// <summary>An accepted request target: what rules are matched on, and the one form that is forwarded.</summary>
public sealed class RequestTarget
{
    private readonly string[] _segments;
    private readonly string _normalPath;

    private RequestTarget(PathReader path, string query)
    {
        _normalPath = path.Normal;
        _segments = [.. path.Segments];
        FoldedSegments = Array.ConvertAll(_segments, NameFold.FoldSegment);
        Path = path.Decoded;
        Query = query;
        Forwarded = _normalPath + query;
    }

    private RequestTarget(RequestTarget same, IReadOnlyList<HeaderLine> lines)
    {
        (_normalPath, _segments, FoldedSegments, Path, Query, Forwarded) = (same._normalPath, same._segments, same.FoldedSegments, same.Path, same.Query, same.Forwarded);
        Lines = lines;
    }

    /// <summary>The accepted normal form, path and query: what goes upstream.</summary>
    public string Forwarded { get; }

    /// <summary>The decoded path.</summary>
    public string Path { get; }

    /// <summary>The query as it came, with its question mark; empty when there is none.</summary>
    public string Query { get; }

    /// <summary>The decoded segments, without a trailing empty one.</summary>
    public IReadOnlyList<string> Segments => _segments;

    /// <summary>The segments in the form that patterns are compared in.</summary>
    internal IReadOnlyList<string> FoldedSegments { get; }

    /// <summary>The header lines that came with it, for bound values; empty where no rule binds any.</summary>
    internal IReadOnlyList<HeaderLine> Lines { get; } = [];

    /// <summary>Judges a raw request target (RFC 9112, section 3.2). Never throws on bad data.</summary>
    /// <param name="rawTarget">The target as it stood in the request line.</param>
    /// <param name="hostHeader">The Host header, to which an absolute-form target must agree.</param>
    /// <param name="target">The accepted target.</param>
    /// <param name="error">Why it is not accepted.</param>
    public static bool TryParse(string rawTarget, string? hostHeader, [NotNullWhen(true)] out RequestTarget? target, out TargetError error)
    {
        ArgumentNullException.ThrowIfNull(rawTarget);
        target = null;
        error = TargetParts.Split(rawTarget, hostHeader, out string path, out string query);
        if (error != TargetError.None)
            return false;
        PathReader reader = new();
        error = reader.Read(path);
        if (error == TargetError.None)
            target = new RequestTarget(reader, query);
        return target is not null;
    }

    /// <summary>Whether a text may stand in a path as one whole segment, by the rules that a target is judged by.</summary>
    internal static bool IsSegment(string encoded)
    {
        PathReader reader = new();
        return reader.Read("/" + encoded) == TargetError.None && reader.Segments.Count == 1;
    }

    internal RequestTarget With(IReadOnlyList<HeaderLine> lines) => new(this, lines);

    /// <summary>The same target with other segments or another query.</summary>
    /// <param name="segments">Segments by their number from 1, each of which <see cref="IsSegment"/>; null when none changes.</param>
    /// <param name="query">The query with its question mark; null when it does not change.</param>
    internal RequestTarget With(IReadOnlyDictionary<int, string>? segments, string? query)
    {
        string[] parts = _normalPath.Split('/');
        foreach ((int number, string segment) in segments ?? new Dictionary<int, string>())
            parts[number] = segment;
        PathReader reader = new();
        TargetError error = reader.Read(string.Join('/', parts));
        if (error != TargetError.None)
            throw new InvalidOperationException($"segments that were accepted one by one: {error}");
        return new RequestTarget(reader, query ?? Query);
    }
}
