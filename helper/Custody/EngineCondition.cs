namespace E3.Relay.Helper.Custody;

/// <summary>How the engine is, as seen from the helper.</summary>
internal enum EngineCondition
{
    /// <summary>An engine boots and is given its state.</summary>
    Starting,

    /// <summary>The engine serves.</summary>
    Ready,

    /// <summary>The last engine ended; the next is about to start.</summary>
    Restarting,

    /// <summary>No engine is started any more, because the state is refused.</summary>
    Refused,
}
