namespace E3.Relay.Proxy.RuleCommands;

/// <summary>What <c>rules try</c> was asked for.</summary>
internal sealed record TryOptions
{
    public required IReadOnlyList<string> Rules { get; init; }

    public required string Body { get; init; }

    /// <summary>Null for the first method of the rule that is tried.</summary>
    public string? Method { get; init; }

    /// <summary>Null for a path under the pattern of the rule that is tried.</summary>
    public string? Url { get; init; }

    /// <summary>The content type; null for what the body looks like.</summary>
    public string? Type { get; init; }

    /// <summary>Whether the body is the upstream's response.</summary>
    public bool IsResponse { get; init; }

    /// <summary>Claims of the caller, each as <c>type=value</c>.</summary>
    public IReadOnlyList<string> As { get; init; } = [];

    /// <summary>Fields of the head, each as <c>Name: value</c>.</summary>
    public IReadOnlyList<string> Headers { get; init; } = [];
}
