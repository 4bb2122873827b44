using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.State;
using E3.Relay.Enclave.Protocol.Transport;
using E3.Relay.Helper.Development;
using E3.Relay.Helper.Store;

namespace E3.Relay.Helper.Custody;

/// <summary>
/// Makes keys of apps. A key is sealed by the engine, stored, read back and compared, and only then given to the engine to use: nothing is ever encrypted under a key that could be lost.
/// </summary>
internal sealed class AppKeys(ISealedStore store, TrustPublisher publisher, CallerIdentity caller, TimeProvider time, ILogger logger) : IDisposable
{
    // Whatever the language can ask for is there from the start, so that a new rule does not wait for a new key.
    private static readonly KeyPurpose[] Purposes =
        [KeyPurpose.Random, KeyPurpose.Deterministic, KeyPurpose.FormatPreserving, KeyPurpose.Hash, KeyPurpose.ClientP256, KeyPurpose.ClientSecp256k1];

    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);
    private readonly SemaphoreSlim _turn = new(1);
    private volatile StoreState? _known;

    /// <summary>Makes the keys of an app; false when it has them already.</summary>
    /// <param name="address">Where the ready engine listens.</param>
    /// <param name="app">The app's name.</param>
    /// <param name="abandon">Called when entries are stored that the engine did not take: only an engine that loads everything anew is in step again.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<bool> CreateAsync(EnclaveAddress address, string app, Action abandon, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            StoreState before = await ReadAsync(cancellationToken).ConfigureAwait(false);
            if (before.Snapshot.Apps.Contains(app))
                return false;
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(CallTimeout);
            await using EnclaveConnection engine = await OpenAsync(address, timeout.Token).ConfigureAwait(false);
            KeyRequest[] requests = [.. Purposes.Select(purpose => new KeyRequest(app, purpose))];
            ReadOnlyMemory<byte>[] entries = await engine.CreateKeysAsync(requests, timeout.Token).ConfigureAwait(false);
            CheckRequested(requests, entries);
            await StoreAndActivateAsync(engine, before, entries, abandon, timeout.Token).ConfigureAwait(false);
            Log.AppCreated(logger, app, checked((int)before.Snapshot.Chain.Length + entries.Length));
            return true;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>What may be known of an app's keys, from the engine itself; null when it has none.</summary>
    public async Task<KeyDescription[]?> DescribeAsync(EnclaveAddress address, string app, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(CallTimeout);
        await using EnclaveConnection engine = await OpenAsync(address, timeout.Token).ConfigureAwait(false);
        try
        {
            return await engine.GetPublicKeysAsync(app, timeout.Token).ConfigureAwait(false);
        }
        catch (EnclaveException e) when (e.Code == ErrorCode.AppUnknown)
        {
            return null;
        }
    }

    public void Dispose() => _turn.Dispose();

    // What the engine is given is what was read back, not what was handed in.
    private async Task StoreAndActivateAsync(
        EnclaveConnection engine, StoreState before, IReadOnlyList<ReadOnlyMemory<byte>> entries, Action abandon, CancellationToken cancellationToken)
    {
        bool activated = false;
        try
        {
            _known = await store.AppendAsync(before, entries, cancellationToken).ConfigureAwait(false);
            await engine.ActivateKeysAsync([.. _known.Snapshot.Entries.Skip(before.Snapshot.Entries.Count)], cancellationToken).ConfigureAwait(false);
            activated = true;
        }
        finally
        {
            if (!activated)
                abandon();
        }
    }

    private async Task<StoreState> ReadAsync(CancellationToken cancellationToken) => _known = await store.ReadAsync(_known, cancellationToken).ConfigureAwait(false);

    private async Task<EnclaveConnection> OpenAsync(EnclaveAddress address, CancellationToken cancellationToken)
    {
        StoreState state = await ReadAsync(cancellationToken).ConfigureAwait(false);
        return await EngineCalls.OpenAsync(address, caller, publisher.Trust(state.Root?.Genesis), RootExpectation.Signed, time, cancellationToken).ConfigureAwait(false);
    }

    private static void CheckRequested(KeyRequest[] requests, ReadOnlyMemory<byte>[] entries)
    {
        if (entries.Length != requests.Length)
            throw new StoreException(StoreError.EntryMalformed);
        for (int i = 0; i < entries.Length; i++)
        {
            if (!SealedEntry.TryRead(entries[i], out SealedEntry entry) || entry.App != requests[i].App || entry.Purpose != requests[i].Purpose)
                throw new StoreException(StoreError.EntryMalformed);
        }
    }
}
