using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Transport;
using E3.Relay.Helper.Development;
using E3.Relay.Helper.Store;

namespace E3.Relay.Helper.Custody;

/// <summary>Gives an engine that became ready what was stored while it was loaded.</summary>
internal sealed class LateEntries(ISealedStore store, TrustPublisher publisher, CallerIdentity caller, TimeProvider time)
{
    /// <summary>Activates the entries behind those that it was loaded with. Called while nobody changes the state.</summary>
    /// <param name="address">The engine's own address.</param>
    /// <param name="loaded">What it was loaded with.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="CustodyException">The store no longer begins with what was loaded.</exception>
    public async Task LoadAsync(EnclaveAddress address, StateSnapshot loaded, CancellationToken cancellationToken)
    {
        StoreState state = await store.ReadAsync(null, cancellationToken).ConfigureAwait(false);
        StateSnapshot now = state.Snapshot;
        if (now.Chain.Length == loaded.Chain.Length && now.Chain.Head.Span.SequenceEqual(loaded.Chain.Head.Span))
            return;
        int known = checked((int)loaded.Chain.Length);
        if (now.Entries.Count <= known || !now.Entries.Take(known).Zip(loaded.Entries).All(static pair => pair.First.Span.SequenceEqual(pair.Second.Span)))
            throw new CustodyException("the store was put back, or exchanged, while an engine was loaded from it");
        await using EnclaveConnection engine =
            await EngineCalls.OpenAsync(address, caller, publisher.Trust(state.Root?.Genesis), RootExpectation.Signed, time, cancellationToken).ConfigureAwait(false);
        foreach (ReadOnlyMemory<byte>[] chunk in now.Entries.Skip(known).Chunk(ProtocolLimits.EntriesMax / 2))
            await engine.ActivateKeysAsync(chunk, cancellationToken).ConfigureAwait(false);
    }
}
