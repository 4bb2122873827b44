using System.Diagnostics.CodeAnalysis;
using E3.Relay.Rules.Matching;
using E3.Relay.Rules.Names;

namespace E3.Relay.Rules;

/// <summary>An accepted request target: what rules are matched on, and the one form that is forwarded.</summary>
public sealed class RequestTarget
{
    private readonly string[] _segments;

    private RequestTarget(PathReader path, string query)
    {
        _segments = [.. path.Segments];
        FoldedSegments = Array.ConvertAll(_segments, NameFold.FoldSegment);
        Path = path.Decoded;
        Query = query;
        Forwarded = path.Normal + query;
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
}
