using E3.Relay.Enclave.Protocol.Transport;

namespace E3.Relay.Proxy.Configuration;

/// <summary>How the engine is reached and judged.</summary>
internal sealed record EnclaveOptions
{
    /// <summary>Where the engine listens.</summary>
    public required EnclaveAddress Address { get; init; }

    /// <summary>Full path of the trust file.</summary>
    public required string TrustPath { get; init; }

    /// <summary>Full path of the file that remembers how far the fleet's state was seen to be. It must outlive the process to be of use, and be this machine's own.</summary>
    public required string WitnessPath { get; init; }

    /// <summary>Full path of the folder with a folder for each caller.</summary>
    public required string CallersPath { get; init; }

    /// <summary>Full path of the simulated root that is allowed; null allows none.</summary>
    public string? SimulatedRootPath { get; init; }

    /// <summary>Whether an emulator of enclaves is allowed, whose security module signs nothing.</summary>
    /// <value>False.</value>
    public bool AllowsEmulated { get; init; }

    /// <summary>True when anything is allowed that only a developer's machine may trust.</summary>
    public bool AllowsSimulated => AllowsEmulated || SimulatedRootPath is not null;

    /// <summary>Open sessions for each caller.</summary>
    /// <value>2.</value>
    public int Connections { get; init; } = 2;

    /// <summary>How long one body may wait for the engine, in milliseconds.</summary>
    /// <value>2,000.</value>
    public int CallTimeoutMs { get; init; } = 2000;
}
