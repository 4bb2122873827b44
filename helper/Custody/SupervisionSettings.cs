namespace E3.Relay.Helper.Custody;

/// <summary>How engines are watched and replaced.</summary>
internal sealed record SupervisionSettings
{
    /// <summary>How long an engine may take from its start until it serves.</summary>
    public TimeSpan BringUpTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long an engine that is replaced on purpose may keep the sessions that it has.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an engine may take to finish the calls under way when it is told to end.</summary>
    public TimeSpan EndTimeout { get; init; } = TimeSpan.FromSeconds(3);
}
