namespace E3.Relay.Helper.Store;

/// <summary>Compares what was read back with what was handed in.</summary>
internal static class ReadBack
{
    /// <summary>The state itself, if it has the entries behind what was present.</summary>
    public static StoreState ExpectBehind(this StoreState stored, StoreState present, IReadOnlyList<ReadOnlyMemory<byte>> entries)
    {
        // Somebody moved all of it to another root key meanwhile, and these entries are of no use any more.
        if (stored.Generation > present.Generation)
            throw new StoreException(StoreError.Conflict);
        return stored.SameGeneration(present) && Holds(stored.Snapshot.Entries, present.Snapshot.Entries.Count, entries) ? stored : throw new StoreException(StoreError.ReadBackDiffers);
    }

    /// <summary>The state itself, if it is of the generation that was begun with the entries.</summary>
    public static StoreState ExpectBegun(this StoreState stored, long generation, ReadOnlySpan<byte> link, IReadOnlyList<ReadOnlyMemory<byte>> entries) =>
        stored.Generation == generation && stored.Link.Span.SequenceEqual(link) && Holds(stored.Snapshot.Entries, 0, entries) ? stored : throw new StoreException(StoreError.ReadBackDiffers);

    // Somebody else may have stored more behind them meanwhile.
    private static bool Holds(IReadOnlyList<ReadOnlyMemory<byte>> stored, int from, IReadOnlyList<ReadOnlyMemory<byte>> entries)
    {
        if (stored.Count < from + entries.Count)
            return false;
        for (int i = 0; i < entries.Count; i++)
        {
            if (!stored[from + i].Span.SequenceEqual(entries[i].Span))
                return false;
        }

        return true;
    }
}
