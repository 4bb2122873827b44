using E3.Relay.Helper.Store;

namespace E3.Relay.Helper.Tests.Store;

/// <summary>A store that does to another what a test wants to see survived.</summary>
internal sealed class FaultyStore(string name, ISealedStore inner) : ISealedStore
{
    public string Name => name;

    /// <summary>The store that is really there; exchanged by a test that puts an older one back.</summary>
    public ISealedStore Inner { get; set; } = inner;

    /// <summary>Every call fails with this.</summary>
    public StoreError? Error { get; set; }

    /// <summary>Every change fails with this.</summary>
    public StoreError? ChangeError { get; set; }

    /// <summary>No call is ever answered.</summary>
    public bool Hangs { get; set; }

    /// <summary>Changes are acknowledged and thrown away.</summary>
    public bool Forgets { get; set; }

    /// <summary>Other entries than were handed in are stored, and those handed in acknowledged.</summary>
    public bool StoresOther { get; set; }

    /// <summary>Changes that reached it.</summary>
    public int Changes { get; private set; }

    public StoreSource Source(bool isShared = false) => new(name, isShared, (_, _, _) => Error is { } error ? throw new StoreException(error) : Task.FromResult<ISealedStore>(this));

    public async Task<StoreState> ReadAsync(StoreState? known, CancellationToken cancellationToken)
    {
        await ReachAsync(cancellationToken);
        return await Inner.ReadAsync(known, cancellationToken);
    }

    public async Task<StoreState> ReadGenerationAsync(long generation, CancellationToken cancellationToken)
    {
        await ReachAsync(cancellationToken);
        return await Inner.ReadGenerationAsync(generation, cancellationToken);
    }

    public async Task<StoreState> AppendAsync(StoreState present, IReadOnlyList<ReadOnlyMemory<byte>> entries, CancellationToken cancellationToken)
    {
        await ChangeAsync(cancellationToken);
        if (StoresOther)
            await Inner.AppendAsync(present, TestEntries.MakeBehind(present, "other", entries.Count), cancellationToken);
        if (!StoresOther && !Forgets)
            return await Inner.AppendAsync(present, entries, cancellationToken);
        var snapshot = new StateSnapshot([.. present.Snapshot.Entries, .. entries], SnapshotBuilder.Check(present.Snapshot.Chain, entries), present.Snapshot.Apps);
        return present with { Snapshot = snapshot };
    }

    public async Task<StoreState> BeginGenerationAsync(StoreState present, StoredRoot root, IReadOnlyList<ReadOnlyMemory<byte>> entries, CancellationToken cancellationToken)
    {
        await ChangeAsync(cancellationToken);
        return await Inner.BeginGenerationAsync(present, root, entries, cancellationToken);
    }

    public async Task WaitForChangeAsync(StoreState known, CancellationToken cancellationToken)
    {
        await ReachAsync(cancellationToken);
        await Inner.WaitForChangeAsync(known, cancellationToken);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task ChangeAsync(CancellationToken cancellationToken)
    {
        Changes++;
        await ReachAsync(cancellationToken);
        if (ChangeError is { } error)
            throw new StoreException(error);
    }

    private async Task ReachAsync(CancellationToken cancellationToken)
    {
        if (Hangs)
            await Task.Delay(Timeout.Infinite, cancellationToken);
        if (Error is { } error)
            throw new StoreException(error);
    }
}
