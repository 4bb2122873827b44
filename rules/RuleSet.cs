namespace E3.Relay.Rules;

/// <summary>An immutable set of rules: what one listener applies at one time.</summary>
public sealed class RuleSet
{
    internal RuleSet(string app, string digest, int count) => (App, Digest, Count) = (app, digest, count);

    /// <summary>No rules: every plan is empty and nothing is refused.</summary>
    public static RuleSet Empty { get; } = new("", "", 0);

    /// <summary>The app whose keys the operations use.</summary>
    public string App { get; }

    /// <summary>SHA-256 over the sources, in lower-case hexadecimal digits; empty for <see cref="Empty"/>.</summary>
    public string Digest { get; }

    /// <summary>The number of rules.</summary>
    public int Count { get; }

    /// <summary>The operations that apply to one request and its response.</summary>
    public RequestPlan Plan(string method, string host, RequestTarget target)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(target);
        return new RequestPlan();
    }
}
