namespace E3.Relay.Helper.Commands;

/// <summary>What <c>helper run</c> was asked for.</summary>
internal sealed record RunSettings
{
    public required string StateFolder { get; init; }

    /// <summary>The settings of a fleet with administrators of its own; null for a developer's machine, where everything is simulated.</summary>
    public string? SettingsFile { get; init; }

    /// <summary>The engine's program, when it is not to be looked for.</summary>
    public string? Enclave { get; init; }

    /// <summary>The helper ends with its standard input, and leaves Ctrl-C to its parent.</summary>
    public bool EndsWithParent { get; init; }

    /// <summary>Apps to create if they are not there.</summary>
    public IReadOnlyList<string> EnsureApps { get; init; } = [];
}
