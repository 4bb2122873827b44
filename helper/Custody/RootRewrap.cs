using System.Security.Cryptography;
using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.State;
using E3.Relay.Helper.Store;
using E3.Relay.Helper.Tee;

namespace E3.Relay.Helper.Custody;

/// <summary>
/// Moves all state to a new root key, on an order that the administrators signed. The engine that serves makes the root and seals everything under it; another engine shows that it can start from that;
/// and only then the next generation begins, all of it or nothing. The generation before stays in the store.
/// </summary>
/// <param name="keeper">The state.</param>
/// <param name="store">Where it is kept.</param>
/// <param name="engines">The engines.</param>
/// <param name="sessions">Sessions with them.</param>
/// <param name="custodian">Brings an engine up.</param>
/// <param name="startTrial">Starts an engine beside the one that serves; null where there is room for one only.</param>
/// <param name="logger">The log.</param>
internal sealed class RootRewrap(
    StateKeeper keeper, ISealedStore store, EngineSet engines, EngineSessions sessions, Custodian custodian, Func<CancellationToken, Task<ITeeInstance?>> startTrial, ILogger logger)
{
    private const int ConflictsMax = 5;
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);

    /// <summary>Moves all state and returns what is stored then. The engines that serve must be replaced by ones that start with it.</summary>
    /// <param name="order">The signed order.</param>
    /// <param name="cancellationToken">Ends it. Then the state is of one generation or of the other, and the store says which.</param>
    /// <exception cref="EnclaveException"><see cref="Enclave.Protocol.ErrorCode.OrderUntrusted"/> when the order does not hold.</exception>
    /// <exception cref="CustodyException">No engine could start from the result. Nothing has changed.</exception>
    public async Task<StoreState> RunAsync(byte[] order, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Timeout);
        return await keeper.WithEnginesAsync((_, present) => RunAsync(present, order, limit.Token), limit.Token).ConfigureAwait(false);
    }

    private async Task<StoreState> RunAsync(StoreState present, byte[] order, CancellationToken cancellationToken)
    {
        LiveEngine maker = engines.Serving ?? throw new EnclaveUnavailableException("no engine serves");
        byte[] nonce = RandomNumberGenerator.GetBytes(Hello.NonceBytes);
        await using EnclaveConnection engine = await sessions.OpenAsync(maker.Address, present, cancellationToken).ConfigureAwait(false);
        CreatedRoot created = await engine.RewrapStateAsync(nonce, order, cancellationToken).ConfigureAwait(false);
        bool moved = false;
        try
        {
            StoredRoot root = custodian.SignGenesis(engine, created, nonce);
            StoreState after = await MoveAsync(engine, present, root, cancellationToken).ConfigureAwait(false);
            moved = true;
            FailPoint.Reach(FailPoint.Moved);
            CustodyLog.RootReplaced(logger, after.Generation, after.Snapshot.Chain.Length);
            return after;
        }
        finally
        {
            // It makes no more entries, so it is of no further use where the move came to nothing.
            if (!moved)
                maker.Abandon("it was to move to another root key, and that came to nothing");
        }
    }

    private async Task<StoreState> MoveAsync(EnclaveConnection engine, StoreState present, StoredRoot root, CancellationToken cancellationToken)
    {
        var entries = new List<ReadOnlyMemory<byte>>();
        for (int conflicts = 0; ; conflicts++)
        {
            ReadOnlyMemory<byte>[] part;
            while ((part = await engine.GetRewrappedAsync((ulong)entries.Count, cancellationToken).ConfigureAwait(false)).Length > 0)
                entries.AddRange(part);
            Check(present.Snapshot.Entries, entries);
            await ProveAsync(root, entries, cancellationToken).ConfigureAwait(false);
            FailPoint.Reach(FailPoint.Rewrapped);
            try
            {
                return await store.BeginGenerationAsync(present, root, entries, cancellationToken).ConfigureAwait(false);
            }
            catch (StoreException e) when (e.Error == StoreError.Conflict && conflicts < ConflictsMax)
            {
                // Another helper stored something first: it is loaded, and moved with the rest.
                StoreState now = await keeper.ReadAsync(cancellationToken).ConfigureAwait(false);
                if (!now.SameGeneration(present))
                    throw;
                await engine.LoadAllAsync(now.Snapshot.Entries.Skip(present.Snapshot.Entries.Count), cancellationToken).ConfigureAwait(false);
                present = now;
            }
        }
    }

    private async Task ProveAsync(StoredRoot root, List<ReadOnlyMemory<byte>> entries, CancellationToken cancellationToken)
    {
        ITeeInstance? trial = await startTrial(cancellationToken).ConfigureAwait(false);
        if (trial is null)
            return;
        await using (trial.ConfigureAwait(false))
        {
            await Task.WhenAny(trial.Listening, trial.Exited).WaitAsync(cancellationToken).ConfigureAwait(false);
            await custodian.ProveAsync(trial.Address, root, entries, cancellationToken).ConfigureAwait(false);
        }
    }

    // The same keys in the same order: whatever else comes out of an engine is not stored.
    private static void Check(IReadOnlyList<ReadOnlyMemory<byte>> before, List<ReadOnlyMemory<byte>> after)
    {
        if (before.Count != after.Count)
            throw new StoreException(StoreError.EntryOutOfOrder);
        for (int i = 0; i < before.Count; i++)
        {
            if (!SealedEntry.TryRead(before[i], out SealedEntry old) || !SealedEntry.TryRead(after[i], out SealedEntry moved) || !IsSame(old, moved))
                throw new StoreException(StoreError.EntryMalformed);
        }
    }

    private static bool IsSame(SealedEntry old, SealedEntry moved) =>
        old.Position == moved.Position && old.App == moved.App && old.Purpose == moved.Purpose && old.KeyVersion == moved.KeyVersion
        && old.KeyId.Span.SequenceEqual(moved.KeyId.Span) && old.Attachment.Span.SequenceEqual(moved.Attachment.Span);
}
