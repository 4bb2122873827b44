using E3.Relay.Enclave.Client;
using E3.Relay.Helper.Development;
using E3.Relay.Helper.Nsm;
using E3.Relay.Helper.Tee;

namespace E3.Relay.Helper.Administration;

/// <summary>What a helper knows of its fleet, and by whose word: everything simulated on a developer's machine, or settings and documents that administrators signed.</summary>
internal interface IFleet : IDisposable
{
    /// <summary>The path of the measured configuration.</summary>
    string ConfigurationFile { get; }

    /// <summary>16 bytes.</summary>
    ReadOnlyMemory<byte> FleetId { get; }

    /// <summary>How a new root key gets its signatures.</summary>
    IGenesisCeremony Ceremony { get; }

    /// <summary>A simulated security module for one engine of the process driver.</summary>
    SimulatedNsm CreateModule(TeeMeasurement measurement);

    /// <summary>The helper's own key and grant.</summary>
    CallerIdentity OpenCaller();

    /// <summary>What writes the trust file of the state folder.</summary>
    TrustPublisher Publisher(string path, TeeMeasurement measurement);

    /// <summary>Starts the key authority, on another thread: an engine boots meanwhile.</summary>
    Task<IRunningKeyAuthority> StartKeyAuthorityAsync(TeeMeasurement measurement, ILogger logger, CancellationToken cancellationToken);
}
