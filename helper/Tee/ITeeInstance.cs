using E3.Relay.Enclave.Protocol.Transport;

namespace E3.Relay.Helper.Tee;

/// <summary>A started engine. Disposing of it ends it.</summary>
internal interface ITeeInstance : IAsyncDisposable
{
    /// <summary>Where it will listen: its own address, whether or not callers are led to it.</summary>
    EnclaveAddress Address { get; }

    /// <summary>A number for people: the process id, or the CID.</summary>
    int Id { get; }

    /// <summary>Completes when it can be connected to; never when it ends before that.</summary>
    Task Listening { get; }

    /// <summary>Completes when it has ended, however.</summary>
    Task Exited { get; }

    /// <summary>How it ended, for people: an exit code. Empty while it runs.</summary>
    string Ending { get; }

    /// <summary>
    /// The time that it ran on a processor or waited for one, over all its threads. It stands still in an engine that is stopped or waits for ever, and goes on in one that is busy, also on a machine
    /// that has no processor to spare. Null where it cannot be seen from outside.
    /// </summary>
    TimeSpan? Activity { get; }

    /// <summary>Ends it at once.</summary>
    void Terminate();

    /// <summary>Tells it to finish what it has begun and to end, and ends it at once when it takes longer.</summary>
    Task EndAsync(TimeSpan limit);
}
