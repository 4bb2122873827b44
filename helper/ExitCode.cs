namespace E3.Relay.Helper;

/// <summary>How the program ends.</summary>
internal enum ExitCode
{
    Success = 0,

    /// <summary>The command line, or what the admin interface was asked for, is not accepted.</summary>
    Refused = 1,

    /// <summary>The environment is not Development, which everything simulated needs.</summary>
    EnvironmentRefused = 2,

    /// <summary>Another helper holds the state folder.</summary>
    StateLocked = 3,

    /// <summary>The state folder cannot be used.</summary>
    StateUnusable = 4,

    /// <summary>There is no engine to start.</summary>
    EngineMissing = 5,

    /// <summary>No helper answers on the state folder.</summary>
    NotRunning = 6,

    /// <summary>The helper answers, and no engine is ready.</summary>
    NotReady = 7,

    /// <summary>The machine cannot run enclaves, or not this one.</summary>
    TeeUnavailable = 8,

    /// <summary>What was to be verified is not intact.</summary>
    NotIntact = 8,
}
