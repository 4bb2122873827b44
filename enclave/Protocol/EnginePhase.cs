namespace E3.Relay.Enclave.Protocol;

/// <summary>How far an engine has come. It never goes back, and <see cref="Failed"/> is the end.</summary>
public enum EnginePhase : byte
{
    /// <summary>No root key yet.</summary>
    Booting = 1,

    /// <summary>The root key is open; sealed entries are awaited.</summary>
    Unsealed = 2,

    /// <summary>Some entries are loaded.</summary>
    Loaded = 3,

    /// <summary>The state is complete; the hot path is open.</summary>
    Ready = 4,

    /// <summary>Something was wrong that must not be tried again. Only a new engine helps.</summary>
    Failed = 5,
}
