namespace E3.Relay.Helper.Custody;

/// <summary>How engines are watched and replaced.</summary>
internal sealed record SupervisionSettings
{
    /// <summary>How long an engine may take from its start until it serves.</summary>
    public TimeSpan BringUpTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How often an engine is asked how it is.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Heartbeats in a row that an engine which does nothing may leave unanswered.</summary>
    public int MissedMax { get; init; } = 6;

    /// <summary>Heartbeats in a row that an engine which works, or of which that cannot be seen, may leave unanswered.</summary>
    public int MissedWorkingMax { get; init; } = 60;

    /// <summary>Resident memory from which on an engine is replaced; null for no limit.</summary>
    public long? MemoryBytesMax { get; init; }

    /// <summary>How long an engine must have served before it is replaced because it should be: what a new one would not mend must not become a storm.</summary>
    public TimeSpan WishInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long an engine that is replaced on purpose may keep the sessions that it has.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an engine may take to finish the calls under way when it is told to end.</summary>
    public TimeSpan EndTimeout { get; init; } = TimeSpan.FromSeconds(3);
}
