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
internal sealed class AppKeys(ISealedStore store, EngineSet engines, TrustPublisher publisher, CallerIdentity caller, TimeProvider time, ILogger logger)
{
    // Whatever the language can ask for is there from the start, so that a new rule does not wait for a new key.
    private static readonly KeyPurpose[] Purposes =
        [KeyPurpose.Random, KeyPurpose.Deterministic, KeyPurpose.FormatPreserving, KeyPurpose.Hash, KeyPurpose.ClientP256, KeyPurpose.ClientSecp256k1];

    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);
    private volatile StoreState? _known;

    /// <summary>Makes the keys of an app; false when it has them already.</summary>
    /// <param name="app">The app's name.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="EnclaveUnavailableException">No engine serves, or it went away.</exception>
    public Task<bool> CreateAsync(string app, CancellationToken cancellationToken) => engines.ChangeAsync(
        async live =>
        {
            StoreState before = await ReadAsync(cancellationToken).ConfigureAwait(false);
            if (before.Snapshot.Apps.Contains(app))
                return false;
            LiveEngine maker = engines.Serving ?? throw new EnclaveUnavailableException("no engine serves");
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(CallTimeout);
            KeyRequest[] requests = [.. Purposes.Select(purpose => new KeyRequest(app, purpose))];
            ReadOnlyMemory<byte>[] entries;
            await using (EnclaveConnection engine = await OpenAsync(maker.Address, timeout.Token).ConfigureAwait(false))
                entries = await engine.CreateKeysAsync(requests, timeout.Token).ConfigureAwait(false);
            CheckRequested(requests, entries);
            await StoreAndActivateAsync(live, before, entries, timeout.Token).ConfigureAwait(false);
            Log.AppCreated(logger, app, checked((int)before.Snapshot.Chain.Length + entries.Length));
            return true;
        },
        cancellationToken);

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

    // Engines are given what was read back, not what was handed in. Entries that are stored must be in every engine. One that does not take them is ended: only one that loads everything anew is in step again.
    private async Task StoreAndActivateAsync(IReadOnlyList<LiveEngine> live, StoreState before, IReadOnlyList<ReadOnlyMemory<byte>> entries, CancellationToken cancellationToken)
    {
        var behind = new HashSet<LiveEngine>(live);
        try
        {
            StoreState after = _known = await store.AppendAsync(before, entries, cancellationToken).ConfigureAwait(false);
            ReadOnlyMemory<byte>[] stored = [.. after.Snapshot.Entries.Skip(before.Snapshot.Entries.Count)];
            foreach (LiveEngine engine in live)
            {
                await using EnclaveConnection connection = await OpenAsync(engine.Address, cancellationToken).ConfigureAwait(false);
                await connection.ActivateKeysAsync(stored, cancellationToken).ConfigureAwait(false);
                behind.Remove(engine);
            }
        }
        catch (StoreException e) when (e.Error == StoreError.Conflict)
        {
            behind.Clear();
            throw;
        }
        finally
        {
            foreach (LiveEngine engine in behind)
                engine.Abandon("it did not take what was stored");
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
