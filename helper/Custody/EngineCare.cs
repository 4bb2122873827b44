using E3.Relay.Enclave.Protocol.Transport;
using E3.Relay.Helper.Store;
using E3.Relay.Helper.Tee;

namespace E3.Relay.Helper.Custody;

/// <summary>What a supervisor lets others do with the engines that it starts.</summary>
internal sealed record EngineCare
{
    /// <summary>Gives a booting engine its state and returns what it has then. <see cref="CustodyException"/> says that no engine will ever take this state.</summary>
    public required Func<EnclaveAddress, CancellationToken, Task<StateSnapshot>> BringUp { get; init; }

    /// <summary>Gives a ready engine what was stored after the state that it was brought up with.</summary>
    public required Func<EnclaveAddress, StateSnapshot, CancellationToken, Task> CatchUp { get; init; }

    /// <summary>What to start next time. Asked before an engine is replaced on purpose, which is when a changed image is taken over.</summary>
    public required Func<CancellationToken, Task<TeeImage>> NextImage { get; init; }

    /// <summary>Makes what asks an engine how it is.</summary>
    public required Func<LiveEngine, IEngineProbe> Probe { get; init; }

    /// <summary>Called each time an engine begins to serve, with the time that it took.</summary>
    public required Func<LiveEngine, TimeSpan, CancellationToken, Task> WhenServing { get; init; }
}
