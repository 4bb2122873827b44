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
internal sealed class AppKeys(SealedStore store, TrustPublisher publisher, CallerIdentity caller, TimeProvider time, ILogger logger) : IDisposable
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);
    private readonly SemaphoreSlim _turn = new(1);

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
            StateSnapshot before = store.Read();
            if (before.Apps.Contains(app))
                return false;
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(CallTimeout);
            await using EnclaveConnection engine = await OpenAsync(address, timeout.Token).ConfigureAwait(false);
            KeyRequest[] requests = [new(app, KeyPurpose.Random), new(app, KeyPurpose.ClientP256), new(app, KeyPurpose.ClientSecp256k1)];
            ReadOnlyMemory<byte>[] entries = await engine.CreateKeysAsync(requests, timeout.Token).ConfigureAwait(false);
            CheckRequested(requests, entries);
            store.Append(before.Chain, entries);
            await ActivateAsync(engine, before.Chain, entries, abandon, timeout.Token).ConfigureAwait(false);
            Log.AppCreated(logger, app, checked((int)before.Chain.Length + entries.Length));
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

    private async Task ActivateAsync(
        EnclaveConnection engine, StateChain before, IReadOnlyList<ReadOnlyMemory<byte>> entries, Action abandon, CancellationToken cancellationToken)
    {
        bool activated = false;
        try
        {
            ReadOnlyMemory<byte>[] stored = [.. store.Read().Entries.Skip(checked((int)before.Length))];
            if (stored.Length != entries.Count || !stored.Zip(entries).All(static pair => pair.First.Span.SequenceEqual(pair.Second.Span)))
                throw new StoreException(StoreError.EntryChanged);
            await engine.ActivateKeysAsync(stored, cancellationToken).ConfigureAwait(false);
            activated = true;
        }
        finally
        {
            if (!activated)
                abandon();
        }
    }

    private Task<EnclaveConnection> OpenAsync(EnclaveAddress address, CancellationToken cancellationToken) =>
        EngineCalls.OpenAsync(address, caller, publisher.Trust(store.ReadRoot()?.Genesis), RootExpectation.Signed, time, cancellationToken);

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
