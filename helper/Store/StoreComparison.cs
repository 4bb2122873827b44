namespace E3.Relay.Helper.Store;

/// <summary>Compares verified states, and brings a store that lacks entries up to one.</summary>
internal static class StoreComparison
{
    /// <summary>How a state stands to another.</summary>
    /// <param name="state">The one.</param>
    /// <param name="stateStore">Where its older generations are read; null when nowhere.</param>
    /// <param name="other">The other.</param>
    /// <param name="otherStore">Where its older generations are read; null when nowhere.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public static async Task<StoreRelation> CompareAsync(
        StoreState state, ISealedStore? stateStore, StoreState other, ISealedStore? otherStore, CancellationToken cancellationToken)
    {
        if (IsLater(state, other))
        {
            return await CompareAsync(other, otherStore, state, stateStore, cancellationToken).ConfigureAwait(false) switch
            {
                StoreRelation.Behind => StoreRelation.Ahead,
                StoreRelation relation => relation,
            };
        }

        if (state.Equals(other))
            return StoreRelation.Equal;
        if (state.Generation == 0)
            return StoreRelation.Behind;
        StoreState ended = other;
        if (state.Generation < other.Generation)
        {
            // Without the history of the other nothing speaks against it; whatever is stored behind a state is compared with that state's link again.
            if (otherStore is null)
                return StoreRelation.Behind;
            ended = await otherStore.ReadGenerationAsync(state.Generation, cancellationToken).ConfigureAwait(false);
        }

        return state.SameGeneration(ended) && BeginsWith(ended.Snapshot, state.Snapshot) ? StoreRelation.Behind : StoreRelation.Apart;
    }

    /// <summary>True when the one is of a later generation, or longer in the same.</summary>
    public static bool IsLater(StoreState state, StoreState other) =>
        state.Generation > other.Generation || (state.Generation == other.Generation && state.Snapshot.Chain.Length > other.Snapshot.Chain.Length);

    /// <summary>The state that was read, if it goes on from, or is, what was known.</summary>
    /// <exception cref="StoreException">It has less, or something else.</exception>
    public static StoreState ExpectOn(StoreState known, StoreState read)
    {
        if (IsLater(known, read))
            throw new StoreException(StoreError.ChainMismatch);
        if (known.Generation < read.Generation)
            return read;
        if (!known.SameGeneration(read))
            throw new StoreException(StoreError.GenerationChanged);
        return BeginsWith(read.Snapshot, known.Snapshot) ? read : throw new StoreException(StoreError.EntryOutOfOrder);
    }

    /// <summary>Stores what a store lacks, generation by generation.</summary>
    /// <param name="store">The store.</param>
    /// <param name="present">What it holds, behind the goal.</param>
    /// <param name="goal">What it shall hold.</param>
    /// <param name="source">Where the goal's older generations are read; null when there is nothing to read them from.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>What the store holds, read back; somebody may have gone on.</returns>
    public static async Task<StoreState> BringUpAsync(ISealedStore store, StoreState present, StoreState goal, ISealedStore? source, CancellationToken cancellationToken)
    {
        StoreState state = present;
        while (state.Generation < goal.Generation)
        {
            if (state.Generation > 0 && source is not null)
                state = await AppendRestAsync(store, state, await source.ReadGenerationAsync(state.Generation, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            StoreState next = goal;
            if (state.Generation + 1 < goal.Generation)
                next = await (source ?? throw new StoreException(StoreError.Degraded)).ReadGenerationAsync(state.Generation + 1, cancellationToken).ConfigureAwait(false);

            // The link stands for all that was before: where it differs, the store has another past.
            if (!GenerationLink.Next(state, next.Root!).AsSpan().SequenceEqual(next.Link.Span))
                throw new StoreException(StoreError.Disagreement);
            state = await store.BeginGenerationAsync(state, next.Root!, next.Snapshot.Entries, cancellationToken).ConfigureAwait(false);
        }

        return await AppendRestAsync(store, state, goal, cancellationToken).ConfigureAwait(false);
    }

    private static Task<StoreState> AppendRestAsync(ISealedStore store, StoreState state, StoreState goal, CancellationToken cancellationToken)
    {
        int stored = state.Snapshot.Entries.Count;
        return stored < goal.Snapshot.Entries.Count ? store.AppendAsync(state, [.. goal.Snapshot.Entries.Skip(stored)], cancellationToken) : Task.FromResult(state);
    }

    // Both chains were computed from their bytes: where their heads agree, so do all entries in front of it.
    private static bool BeginsWith(StateSnapshot longer, StateSnapshot shorter) =>
        shorter.Chain.Length <= longer.Chain.Length && longer.HeadAt(shorter.Chain.Length).Span.SequenceEqual(shorter.Chain.Head.Span);
}
