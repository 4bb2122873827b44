namespace E3.Relay.Helper.Store;

/// <summary>The generations of a store as its rows say, verified: the last one is the present one.</summary>
internal sealed class StoredGenerations
{
    private static readonly Row Nothing = new(0, null, new byte[GenerationLink.Bytes], 0, StateSnapshot.Empty.Chain.Head.ToArray());
    private readonly List<Row> _rows = [Nothing];

    /// <summary>Computes each generation's link anew, over where the one before it ended.</summary>
    /// <param name="rows">In the order of their numbers.</param>
    /// <param name="lastNumber">The highest number among entries and appends.</param>
    /// <exception cref="StoreException">They are not as they were stored.</exception>
    public StoredGenerations(IEnumerable<Row> rows, long lastNumber)
    {
        foreach (Row row in rows)
        {
            if (row.Number != Present.Number + 1 || !GenerationLink.Compute(row.Number, Present.Link, Present.Length, Present.Head, row.Root!).AsSpan().SequenceEqual(row.Link))
                throw new StoreException(StoreError.GenerationChanged);
            _rows.Add(row);
        }

        if (lastNumber > Present.Number)
            throw new StoreException(StoreError.RootMissing);
    }

    /// <summary>The present generation.</summary>
    public Row Present => _rows[^1];

    /// <summary>A generation by its number.</summary>
    public Row At(long number) => number >= 0 && number < _rows.Count ? _rows[(int)number] : throw new StoreException(StoreError.RootMissing);

    /// <summary>Compares with what somebody who wants to change the store has seen.</summary>
    /// <exception cref="StoreException">The store has gone on meanwhile.</exception>
    public void Expect(StoreState present)
    {
        if (Present.Number != present.Generation || !present.Link.Span.SequenceEqual(Present.Link)
            || (ulong)Present.Length != present.Snapshot.Chain.Length || !present.Snapshot.Chain.Head.Span.SequenceEqual(Present.Head))
        {
            throw new StoreException(StoreError.Conflict);
        }
    }

    /// <summary>What of the present generation is known already and need not be read again.</summary>
    /// <exception cref="StoreException">There is less than what is known, or something else.</exception>
    public StateSnapshot KnownOf(StoreState? known)
    {
        if (known is null || known.Generation < Present.Number)
            return StateSnapshot.Empty;
        if (known.Generation > Present.Number)
            throw new StoreException(StoreError.ChainMismatch);
        return known.Link.Span.SequenceEqual(Present.Link) ? known.Snapshot : throw new StoreException(StoreError.GenerationChanged);
    }

    /// <summary>One generation as stored, and where it ends.</summary>
    internal sealed record Row(long Number, StoredRoot? Root, byte[] Link, long Length, byte[] Head)
    {
        /// <summary>The state, when all entries behind those known were added.</summary>
        /// <exception cref="StoreException">They do not end where the last append ended.</exception>
        public StoreState Complete(SnapshotBuilder snapshot) => new(Number, Link, Root, snapshot.Complete(Length, Head));
    }
}
