using E3.Relay.Helper.Custody;
using E3.Relay.Helper.Statistics;

namespace E3.Relay.Helper.Commands;

/// <summary>What <c>helper run</c> was asked for.</summary>
internal sealed record RunSettings
{
    public required string StateFolder { get; init; }

    /// <summary>The settings of a fleet with administrators of its own; null for a developer's machine, where everything is simulated.</summary>
    public string? SettingsFile { get; init; }

    /// <summary>The engine's program, when it is not to be looked for.</summary>
    public string? Enclave { get; init; }

    /// <summary>The folder of an emulator of Nitro Enclaves, in which the engine runs instead of a plain process.</summary>
    public string? Emulator { get; init; }

    /// <summary>The helper ends with its standard input, and leaves Ctrl-C to its parent.</summary>
    public bool EndsWithParent { get; init; }

    /// <summary>The stores of sealed entries; none for SQLite in the state folder.</summary>
    public IReadOnlyList<string> Stores { get; init; } = [];

    /// <summary>Apps to create if they are not there.</summary>
    public IReadOnlyList<string> EnsureApps { get; init; } = [];

    /// <summary>How engines are watched and replaced.</summary>
    public SupervisionSettings Supervision { get; init; } = new();

    /// <summary>Where statistics go.</summary>
    public StatisticsSettings Statistics { get; init; } = new();
}
