namespace E3.Relay.Proxy.RuleCommands;

/// <summary>A request to try.</summary>
internal sealed record DryRunRequest
{
    public required string Method { get; init; }

    /// <summary>The raw target.</summary>
    public required string Target { get; init; }

    public required string Host { get; init; }

    /// <summary>Null for none.</summary>
    public string? ContentType { get; init; }

    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>The claims of the caller, by type.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Caller { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>Null for none.</summary>
    public byte[]? Body { get; init; }
}
