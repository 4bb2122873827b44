using E3.Relay.Enclave.Protocol.Transport;

namespace E3.Relay.Helper.Tee;

/// <summary>A started engine. Disposing of it ends it.</summary>
internal interface ITeeInstance : IAsyncDisposable
{
    /// <summary>Where it will listen.</summary>
    EnclaveAddress Address { get; }

    /// <summary>A number for people: the process id, or the CID.</summary>
    int Id { get; }

    /// <summary>Completes when it can be connected to; never when it ends before that.</summary>
    Task Listening { get; }

    /// <summary>Completes when it has ended, however.</summary>
    Task Exited { get; }

    /// <summary>Ends it at once.</summary>
    void Terminate();
}
