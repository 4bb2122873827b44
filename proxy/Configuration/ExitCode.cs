namespace E3.Relay.Proxy.Configuration;

/// <summary>What the process ends with. The numbers are stable.</summary>
internal enum ExitCode
{
    /// <summary>Asked to end.</summary>
    Success = 0,

    /// <summary>An address is taken or not ours.</summary>
    AddressUnavailable = 1,

    /// <summary>The settings are wrong.</summary>
    SettingsInvalid = 2,

    /// <summary>A rule file is wrong or missing.</summary>
    RulesInvalid = 3,

    /// <summary>A simulated root outside Development.</summary>
    SimulatedTrustRefused = 4,
}
