namespace E3.Relay.Proxy.Configuration;

/// <summary>Limits on bodies.</summary>
internal sealed record LimitOptions
{
    /// <summary>The largest body to which rules apply, in bytes.</summary>
    /// <value>1 MiB.</value>
    public int BodyBytesMax { get; init; } = 1 << 20;

    /// <summary>The deepest nesting of a body to which rules apply.</summary>
    /// <value>64.</value>
    public int DepthMax { get; init; } = 64;

    /// <summary>The most selected values of one body.</summary>
    /// <value>10,000.</value>
    public int FieldsMax { get; init; } = 10_000;

    /// <summary>The largest body that streams through, in bytes: without rules, or with rules that say <c>large: stream</c>.</summary>
    /// <value>1 GiB.</value>
    public long StreamedBodyBytesMax { get; init; } = 1 << 30;

    /// <summary>The memory that all bodies to which rules apply may hold together, in bytes. Small ones are still served when it is used up.</summary>
    /// <value>256 MiB.</value>
    public int BufferedBytesMax { get; init; } = 256 << 20;
}
