namespace E3.Relay.Helper.Store;

/// <summary>The generations of a store as its rows say, verified: the last one is the present one.</summary>
internal sealed class StoredGenerations
{
    private readonly long _number;
    private readonly StoredRoot? _root;
    private readonly byte[] _link = new byte[GenerationLink.Bytes];
    private readonly long _length;
    private readonly byte[] _head = StateSnapshot.Empty.Chain.Head.ToArray();

    /// <summary>Computes each generation's link anew, over where the one before it ended.</summary>
    /// <param name="rows">In the order of their numbers.</param>
    /// <param name="lastNumber">The highest number among entries and appends.</param>
    /// <exception cref="StoreException">They are not as they were stored.</exception>
    public StoredGenerations(IEnumerable<Row> rows, long lastNumber)
    {
        foreach (Row row in rows)
        {
            if (row.Number != _number + 1 || !GenerationLink.Compute(row.Number, _link, _length, _head, row.Root).AsSpan().SequenceEqual(row.Link))
                throw new StoreException(StoreError.GenerationChanged);
            (_number, _root, _link, _length, _head) = row;
        }

        if (lastNumber > _number)
            throw new StoreException(StoreError.RootMissing);
    }

    /// <summary>The present generation's number.</summary>
    public long Number => _number;

    /// <summary>Compares with what somebody who wants to change the store has seen.</summary>
    /// <exception cref="StoreException">The store has gone on meanwhile.</exception>
    public void Expect(StoreState present)
    {
        if (_number != present.Generation || !present.Link.Span.SequenceEqual(_link)
            || (ulong)_length != present.Snapshot.Chain.Length || !present.Snapshot.Chain.Head.Span.SequenceEqual(_head))
        {
            throw new StoreException(StoreError.Conflict);
        }
    }

    /// <summary>What of the present generation is known already and need not be read again.</summary>
    /// <exception cref="StoreException">There is less than what is known, or something else.</exception>
    public StateSnapshot KnownOf(StoreState? known)
    {
        if (known is null || known.Generation < _number)
            return StateSnapshot.Empty;
        if (known.Generation > _number)
            throw new StoreException(StoreError.ChainMismatch);
        return known.Link.Span.SequenceEqual(_link) ? known.Snapshot : throw new StoreException(StoreError.GenerationChanged);
    }

    /// <summary>The state, when all entries behind those known were added.</summary>
    /// <exception cref="StoreException">They do not end where the last append ended.</exception>
    public StoreState Complete(SnapshotBuilder snapshot) => new(_number, _link, _root, snapshot.Complete(_length, _head));

    /// <summary>One generation as stored, and where it ends.</summary>
    internal sealed record Row(long Number, StoredRoot Root, byte[] Link, long Length, byte[] Head);
}
