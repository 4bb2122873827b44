using E3.Relay.Helper.Store;

namespace E3.Relay.Helper.Backup;

/// <summary>Brings a backup into an empty store, and into no other.</summary>
internal static class Restoration
{
    /// <summary>Stores the state of a backup.</summary>
    /// <returns>False when the store has exactly this already.</returns>
    /// <exception cref="HelperRefusedException">The store holds anything else.</exception>
    /// <exception cref="StoreException">It cannot be stored.</exception>
    public static async Task<bool> RunAsync(ISealedStore store, StoreState backup, CancellationToken cancellationToken)
    {
        StoreState present = await store.ReadAsync(null, cancellationToken).ConfigureAwait(false);
        if (present.Root is null)
        {
            StoreState stored = await store.BeginGenerationAsync(present, backup.Root!, backup.Snapshot.Entries, cancellationToken).ConfigureAwait(false);
            return IsSame(stored, backup) ? true : throw new StoreException(StoreError.ChainMismatch);
        }

        if (IsSame(present, backup))
            return false;
        string how = IsSameRoot(present, backup) && Begins(present, backup) ? "is newer than the backup: it goes on behind it"
            : IsSameRoot(present, backup) && Begins(backup, present) ? "is older than the backup, and is not empty"
            : "holds another state";
        throw new HelperRefusedException(
            ExitCode.Refused,
            $"The store {how}. A backup is restored into an empty store only, because what the store has and the backup lacks would be lost. To go back on purpose: move the store away and keep it, restore, and let the administrators sign an order to move to a new root key (`root rewrap`).");
    }

    private static bool IsSame(StoreState one, StoreState other) =>
        IsSameRoot(one, other) && one.Snapshot.Entries.Count == other.Snapshot.Entries.Count && one.Snapshot.Chain.Head.Span.SequenceEqual(other.Snapshot.Chain.Head.Span);

    private static bool IsSameRoot(StoreState one, StoreState other) => one.Root!.Wrapped.AsSpan().SequenceEqual(other.Root!.Wrapped) && one.Root.Genesis.AsSpan().SequenceEqual(other.Root.Genesis);

    // The longer one begins with all of the shorter one.
    private static bool Begins(StoreState longer, StoreState shorter) =>
        longer.Snapshot.Entries.Count > shorter.Snapshot.Entries.Count
        && longer.Snapshot.Entries.Zip(shorter.Snapshot.Entries).All(static pair => pair.First.Span.SequenceEqual(pair.Second.Span));
}
