using E3.Relay.Enclave.Protocol.State;
using E3.Relay.Helper.Store;

namespace E3.Relay.Helper.Tests.Store;

/// <summary>What every store must do. Each kind of store has a class that inherits this.</summary>
public abstract class SealedStoreContract : IAsyncLifetime
{
    private readonly List<ISealedStore> _opened = [];

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual async ValueTask DisposeAsync()
    {
        foreach (ISealedStore store in _opened)
            await store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Store_New_IsEmpty()
    {
        StoreState state = await ReadAsync();
        Assert.Equal(0, state.Generation);
        Assert.Null(state.Root);
        Assert.Equal(0UL, state.Snapshot.Chain.Length);
        Assert.Empty(state.Snapshot.Entries);
        Assert.Empty(state.Snapshot.Apps);
        Assert.Equal(StoreState.Empty, state);
    }

    [Fact]
    public async Task Genesis_Reopened_ReadsTheSame()
    {
        StoredRoot root = TestEntries.MakeRoot();
        StoreState begun = await (await OpenAsync()).BeginGenerationAsync(StoreState.Empty, root, [], default);
        StoreState read = await ReadAsync();
        Assert.Equal(begun, read);
        Assert.Equal(1, read.Generation);
        Assert.Equal(root.Wrapped, read.Root!.Wrapped);
        Assert.Equal(root.Genesis, read.Root.Genesis);
        Assert.Empty(read.Snapshot.Entries);
    }

    [Fact]
    public async Task Genesis_Twice_IsAConflict()
    {
        ISealedStore store = await OpenAsync();
        StoreState first = await store.BeginAsync();
        await TestEntries.RefusesAsync(StoreError.Conflict, () => store.BeginAsync());
        Assert.Equal(first, await ReadAsync());
    }

    [Fact]
    public async Task Genesis_OfManyAtOnce_TakesOne()
    {
        ISealedStore[] stores = await OpenManyAsync(6);
        Assert.Equal(5, await ConflictsAsync(stores, static (store, _) => store.BeginAsync()));
        Assert.Equal(1, (await ReadAsync()).Generation);
    }

    [Fact]
    public async Task Append_Reopened_ReadsTheSame()
    {
        ISealedStore store = await OpenAsync();
        StoreState begun = await store.BeginAsync();
        ReadOnlyMemory<byte>[] entries = TestEntries.MakeBehind(begun, "shop", 3);
        StoreState appended = await store.AppendAsync(begun, entries, default);
        StoreState read = await ReadAsync();
        Assert.Equal(appended, read);
        Assert.Equal(SnapshotBuilder.Check(new(), entries).Head.ToArray(), read.Snapshot.Chain.Head.ToArray());
        Assert.Equal(entries.Select(static e => e.ToArray()), read.Snapshot.Entries.Select(static e => e.ToArray()));
        Assert.Equal(["shop"], read.Snapshot.Apps);
        await store.AppendAsync("blog", 2);
        read = await ReadAsync();
        Assert.Equal(["blog", "shop"], read.Snapshot.Apps);
        Assert.Equal(5, read.Snapshot.Entries.Count);
    }

    [Fact]
    public async Task Read_WithWhatIsKnown_EqualsAWholeRead()
    {
        ISealedStore store = await OpenAsync();
        StoreState known = await store.BeginAsync();
        await store.AppendAsync("shop", 3);
        StoreState later = await store.ReadAsync(known, default);
        await store.AppendAsync("blog", 2);
        later = await store.ReadAsync(later, default);
        StoreState whole = await ReadAsync();
        Assert.Equal(whole, later);
        Assert.Equal(whole.Snapshot.Entries.Select(static e => e.ToArray()), later.Snapshot.Entries.Select(static e => e.ToArray()));
        Assert.Equal(whole.Snapshot.Apps, later.Snapshot.Apps);
        Assert.Equal(later, await store.ReadAsync(later, default));
    }

    [Fact]
    public async Task Read_WithMoreKnownThanStored_IsRefused()
    {
        ISealedStore store = await OpenAsync();
        StoreState begun = await store.BeginAsync();
        StoreState appended = await store.AppendAsync("shop", 1);
        ReadOnlyMemory<byte>[] more = TestEntries.MakeBehind(appended, "shop", 1);
        var snapshot = appended.Snapshot with { Entries = [.. appended.Snapshot.Entries, .. more], Chain = SnapshotBuilder.Check(appended.Snapshot.Chain, more) };
        await TestEntries.RefusesAsync(StoreError.ChainMismatch, () => store.ReadAsync(appended with { Snapshot = snapshot }, default));
        await TestEntries.RefusesAsync(StoreError.ChainMismatch, () => store.ReadAsync(appended with { Generation = 2 }, default));
        await TestEntries.RefusesAsync(StoreError.GenerationChanged, () => store.ReadAsync(begun with { Link = new byte[32] }, default));
    }

    [Fact]
    public async Task Append_BehindAnOldState_IsAConflict()
    {
        ISealedStore store = await OpenAsync();
        StoreState old = await store.BeginAsync();
        await store.AppendAsync("shop", 1);
        await TestEntries.RefusesAsync(StoreError.Conflict, () => store.AppendAsync(old, TestEntries.MakeBehind(old, "blog", 1), default));
        Assert.Equal(["shop"], (await ReadAsync()).Snapshot.Apps);
    }

    [Fact]
    public async Task Append_BeforeGenesis_IsRefused()
    {
        ISealedStore store = await OpenAsync();
        await TestEntries.RefusesAsync(StoreError.RootMissing, () => store.AppendAsync("shop", 1));
        Assert.Equal(StoreState.Empty, await ReadAsync());
    }

    [Fact]
    public async Task Append_OfManyAtOnce_TakesOne()
    {
        ISealedStore[] stores = await OpenManyAsync(6);
        StoreState begun = await stores[0].BeginAsync();
        Assert.Equal(5, await ConflictsAsync(stores, (store, i) => store.AppendAsync(begun, TestEntries.MakeBehind(begun, $"app-{i}", 2), default)));
        StoreState read = await ReadAsync();
        Assert.Equal(2UL, read.Snapshot.Chain.Length);
        Assert.Single(read.Snapshot.Apps);
    }

    [Fact]
    public async Task Append_EntriesDoNotFit_TakesNone()
    {
        ISealedStore store = await OpenAsync();
        StoreState begun = await store.BeginAsync();
        ReadOnlyMemory<byte>[] entries = TestEntries.MakeBehind(begun, "shop", 3);
        await TestEntries.RefusesAsync(StoreError.EntryOutOfOrder, () => store.AppendAsync(begun, [entries[0], entries[0]], default));
        await TestEntries.RefusesAsync(StoreError.EntryOutOfOrder, () => store.AppendAsync(begun, [entries[1]], default));
        await TestEntries.RefusesAsync(StoreError.EntryOutOfOrder, () => store.AppendAsync(begun, [entries[0], entries[2], entries[1]], default));
        await TestEntries.RefusesAsync(StoreError.EntryMalformed, () => store.AppendAsync(begun, [entries[0], new byte[] { 1 }], default));
        Assert.Equal(begun, await ReadAsync());
    }

    [Fact]
    public async Task Generation_Begun_ReplacesTheRootAndAllEntries()
    {
        ISealedStore store = await OpenAsync();
        await store.BeginAsync();
        StoreState first = await store.AppendAsync("shop", 3);
        StoredRoot root = TestEntries.MakeRoot();
        ReadOnlyMemory<byte>[] rewrapped = TestEntries.Make(new StateChain(), "shop", 3);
        StoreState second = await store.BeginGenerationAsync(first, root, rewrapped, default);
        Assert.Equal(second, await ReadAsync());
        Assert.Equal(second, await store.ReadAsync(first, default));
        Assert.Equal(2, second.Generation);
        Assert.Equal(root.Wrapped, second.Root!.Wrapped);
        Assert.Equal(rewrapped.Select(static e => e.ToArray()), second.Snapshot.Entries.Select(static e => e.ToArray()));

        await TestEntries.RefusesAsync(StoreError.Conflict, () => store.AppendAsync(first, TestEntries.MakeBehind(first, "shop", 1), default));
        await TestEntries.RefusesAsync(StoreError.Conflict, () => store.BeginGenerationAsync(first, root, rewrapped, default));
        await store.AppendAsync("blog", 1);
        Assert.Equal(4UL, (await ReadAsync()).Snapshot.Chain.Length);
    }

    [Fact]
    public async Task Generation_EntriesDoNotFit_IsNotBegun()
    {
        ISealedStore store = await OpenAsync();
        await store.BeginAsync();
        StoreState first = await store.AppendAsync("shop", 3);
        await TestEntries.RefusesAsync(
            StoreError.EntryOutOfOrder, () => store.BeginGenerationAsync(first, TestEntries.MakeRoot(), TestEntries.MakeBehind(first, "shop", 1), default));
        Assert.Equal(first, await ReadAsync());
    }

    [Fact]
    public async Task WaitForChange_SomebodyElseAppends_Returns()
    {
        ISealedStore[] stores = await OpenManyAsync(2);
        StoreState begun = await stores[0].BeginAsync();
        Task waiting = stores[0].WaitForChangeAsync(begun, default);
        await Task.Delay(50);
        Assert.False(waiting.IsCompleted);
        await stores[1].AppendAsync("shop", 1);
        await waiting.WaitAsync(TimeSpan.FromSeconds(10));
        await stores[0].WaitForChangeAsync(begun, default).WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task WaitForChange_Cancelled_Ends()
    {
        ISealedStore store = await OpenAsync();
        StoreState begun = await store.BeginAsync();
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.WaitForChangeAsync(begun, cancellation.Token)).WaitAsync(TimeSpan.FromSeconds(10));
    }

    /// <summary>Opens the test's one store anew, as another helper would.</summary>
    private protected async Task<ISealedStore> OpenAsync()
    {
        ISealedStore store = await OpenStoreAsync();
        _opened.Add(store);
        return store;
    }

    private protected abstract Task<ISealedStore> OpenStoreAsync();

    private protected async Task<StoreState> ReadAsync() => await (await OpenAsync()).ReadAsync(null, default);

    private async Task<ISealedStore[]> OpenManyAsync(int count)
    {
        var stores = new ISealedStore[count];
        for (int i = 0; i < count; i++)
            stores[i] = await OpenAsync();
        return stores;
    }

    private static async Task<int> ConflictsAsync(ISealedStore[] stores, Func<ISealedStore, int, Task> action)
    {
        StoreError?[] errors = await Task.WhenAll(stores.Select((store, i) => Task.Run(async () =>
        {
            try
            {
                await action(store, i);
                return (StoreError?)null;
            }
            catch (StoreException e)
            {
                return e.Error;
            }
        })));
        Assert.All(errors, static error => Assert.True(error is null or StoreError.Conflict, $"{error}"));
        return errors.Count(static error => error is not null);
    }
}
