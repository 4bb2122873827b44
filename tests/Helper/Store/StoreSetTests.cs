using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol.State;
using E3.Relay.Helper.Store;
using E3.Relay.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace E3.Relay.Helper.Tests.Store;

/// <summary>Two stores of which one fails, lies, loses or hangs.</summary>
public sealed class StoreSetTests : IAsyncLifetime
{
    private static readonly byte[] Fleet = RandomNumberGenerator.GetBytes(16);
    private readonly TempFolder _folder = new();
    private readonly List<StoreSet> _sets = [];
    private FaultyStore _first = null!;
    private FaultyStore _second = null!;

    public async ValueTask InitializeAsync()
    {
        _first = new("first", await OpenFileAsync("first"));
        _second = new("second", await OpenFileAsync("second"));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (StoreSet set in _sets)
            await set.DisposeAsync();
        await _first.DisposeAsync();
        await _second.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(nameof(StoreError.Unavailable))]
    [InlineData(nameof(StoreError.AccessDenied))]
    public async Task Open_OneUnreachable_ServesAndMakesNoKey(string error)
    {
        StoreState stored = await StoreThreeAsync(await OpenAsync());
        _second.Error = Enum.Parse<StoreError>(error);
        StoreSet set = await OpenAsync();
        Assert.Equal(stored, await set.ReadAsync(null, default));
        Assert.Equal([("first", StoreCondition.Good), ("second", StoreCondition.Degraded)], set.Reports.Select(static report => (report.Name, report.Condition)));
        StoreException e = await Assert.ThrowsAsync<StoreException>(() => set.AppendAsync("blog", 1));
        Assert.Equal(StoreError.Degraded, e.Error);
        Assert.Contains("second", e.Message, StringComparison.Ordinal);
        Assert.Equal(stored, await _first.Inner.ReadAsync(null, default));

        _second.Error = null;
        await set.AppendAsync("blog", 1);
        await AssertEqualAsync(set);
        Assert.All(set.Reports, static report => Assert.Equal(StoreCondition.Good, report.Condition));
    }

    [Fact]
    public async Task Genesis_OneUnreachable_IsRefused()
    {
        _second.Error = StoreError.Unavailable;
        StoreSet set = await OpenAsync();
        await TestEntries.RefusesAsync(StoreError.Degraded, () => set.BeginAsync());
        Assert.Equal(0, _first.Changes);
    }

    [Fact]
    public async Task Open_NoneReachable_IsUnavailableUntilOneIs()
    {
        StoreState stored = await StoreThreeAsync(await OpenAsync());
        _first.Error = _second.Error = StoreError.Unavailable;
        StoreSet set = await OpenAsync();
        await TestEntries.RefusesAsync(StoreError.Unavailable, () => set.ReadAsync(null, default));
        _first.Error = null;
        await UntilAsync(async () => (await TryReadAsync(set))?.Equals(stored) == true);
    }

    [Theory]
    [InlineData(nameof(StoreError.Full))]
    [InlineData(nameof(StoreError.ReadOnly))]
    [InlineData(nameof(StoreError.Unavailable))]
    public async Task Append_SecondStoreTakesNothing_IsNotStoredAndIsTakenUpLater(string error)
    {
        StoreSet set = await OpenAsync();
        await StoreThreeAsync(set);
        _second.ChangeError = Enum.Parse<StoreError>(error);
        await TestEntries.RefusesAsync(Enum.Parse<StoreError>(error), () => set.AppendAsync("blog", 2));
        Assert.Contains(set.Reports, static report => report is { Name: "second", Condition: StoreCondition.Degraded });

        // The first one has what nobody used. It is read, an engine opens it, and the second one gets it.
        _second.ChangeError = null;
        StoreState read = StoreState.Empty;
        await UntilAsync(async () => (read = await set.ReadAsync(null, default)).Snapshot.Entries.Count == 5 && set.Reports.All(static report => report.Entries is not null));
        await set.AcceptAsync(read, default);
        await UntilAsync(async () => (await set.ReadAsync(null, default)).Equals(await _second.Inner.ReadAsync(null, default)));
        await set.AppendAsync("more", 1);
        await AssertEqualAsync(set);
    }

    [Fact]
    public async Task Append_FirstStoreRefuses_ReachesNoOther()
    {
        StoreSet set = await OpenAsync();
        StoreState stored = await StoreThreeAsync(set);
        int changes = _second.Changes;
        _first.ChangeError = StoreError.Conflict;
        await TestEntries.RefusesAsync(StoreError.Conflict, () => set.AppendAsync("blog", 1));
        Assert.Equal(changes, _second.Changes);
        Assert.Equal(stored, await _second.Inner.ReadAsync(null, default));
    }

    [Fact]
    public async Task Append_AcknowledgedAndForgotten_DoesNotCount()
    {
        StoreSet set = await OpenAsync();
        await StoreThreeAsync(set);
        _second.Forgets = true;
        await TestEntries.RefusesAsync(StoreError.ReadBackDiffers, () => set.AppendAsync("blog", 1));
    }

    [Fact]
    public async Task Append_OtherBytesStored_DoesNotCountAndIsAnAlarm()
    {
        StoreSet set = await OpenAsync();
        StoreState agreed = await StoreThreeAsync(set);
        _second.StoresOther = true;
        await TestEntries.RefusesAsync(StoreError.ReadBackDiffers, () => set.AppendAsync("blog", 1));

        // Who was there serves what was agreed on, and no more; who comes anew cannot know which of the two is right.
        Assert.Equal(agreed, await set.ReadAsync(null, default));
        Assert.All(set.Reports, static report => Assert.Equal(StoreCondition.Disagrees, report.Condition));
        await TestEntries.RefusesAsync(StoreError.Disagreement, () => set.AppendAsync(agreed, TestEntries.MakeBehind(agreed, "more", 1), default));
        await TestEntries.RefusesAsync(StoreError.Disagreement, async () => await (await OpenAsync()).ReadAsync(null, default));

        // An operator takes one away.
        StoreSet one = await OpenAsync(_first);
        Assert.Equal(["blog", "shop"], (await one.ReadAsync(null, default)).Snapshot.Apps);
    }

    [Fact]
    public async Task Read_OneStoreExchanged_ServesWhatWasAgreedOnAndMakesNoKey()
    {
        StoreSet set = await OpenAsync();
        StoreState agreed = await StoreThreeAsync(set);
        FaultyStore foreign = new("foreign", await OpenFileAsync("foreign"));
        await foreign.BeginAsync();
        await foreign.AppendAsync("shop", 5);
        _second.Inner = foreign;
        Assert.Equal(agreed, await set.ReadAsync(null, default));
        Assert.Equal([StoreCondition.Good, StoreCondition.Disagrees], set.Reports.Select(static report => report.Condition));
        await TestEntries.RefusesAsync(StoreError.Disagreement, () => set.AppendAsync(agreed, TestEntries.MakeBehind(agreed, "more", 1), default));
        await TestEntries.RefusesAsync(StoreError.Disagreement, async () => await (await OpenAsync()).ReadAsync(null, default));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Read_OneStoreLostTheLastCommit_IsRepairedFromTheOther(bool running)
    {
        StoreSet set = await OpenAsync();
        StoreState before = await StoreThreeAsync(set);
        File.Copy(_folder.PathOf("first.db"), _folder.PathOf("old.db"));
        StoreState stored = await set.AppendAsync("blog", 2);
        _first.Inner = await OpenFileAsync("old");
        Assert.Equal(before, await _first.Inner.ReadAsync(null, default));
        if (!running)
            set = await OpenAsync();
        Assert.Equal(stored, await set.ReadAsync(null, default));
        if (!running)
        {
            // Nothing is handed on before an engine has opened it.
            Assert.Equal(before, await _first.Inner.ReadAsync(null, default));
            Assert.Contains(set.Reports, static report => report is { Name: "first", Condition: StoreCondition.Behind });
            await set.AcceptAsync(stored, default);
        }

        await AssertEqualAsync(set);
        await set.AppendAsync("more", 1);
        await AssertEqualAsync(set);
    }

    // What this process has seen in use is not given up, even if the only store has lost it.
    [Fact]
    public async Task Read_TheOnlyStoreLostTheLastCommit_IsRepairedFromMemory()
    {
        StoreSet set = await OpenAsync(_first);
        await StoreThreeAsync(set);
        File.Copy(_folder.PathOf("first.db"), _folder.PathOf("old.db"));
        StoreState stored = await set.AppendAsync("blog", 2);
        _first.Inner = await OpenFileAsync("old");
        Assert.Equal(stored, await set.ReadAsync(null, default));
        Assert.Equal(stored, await _first.Inner.ReadAsync(null, default));
    }

    [Fact]
    public async Task Accept_AnEmptyStoreBesideTwoGenerations_IsGivenBoth()
    {
        StoreSet set = await OpenAsync(_first);
        StoreState first = await StoreThreeAsync(set);
        await set.BeginGenerationAsync(first, TestEntries.MakeRoot(), TestEntries.Make(new StateChain(), "shop", 3), default);
        StoreState stored = await set.AppendAsync("blog", 2);
        StoreSet both = await OpenAsync();
        Assert.Equal(stored, await both.ReadAsync(null, default));
        Assert.Equal(StoreState.Empty, await _second.Inner.ReadAsync(null, default));
        await both.AcceptAsync(stored, default);
        await AssertEqualAsync(both);
        Assert.Equal(first, await _second.ReadGenerationAsync(1, default));
    }

    [Fact]
    public async Task Accept_AStoreThatMissedTheEndOfAGenerationAndTheNext_IsGivenBoth()
    {
        StoreSet set = await OpenAsync();
        await StoreThreeAsync(set);
        File.Copy(_folder.PathOf("second.db"), _folder.PathOf("old.db"));
        StoreState first = await set.AppendAsync("blog", 2);
        StoreState stored = await set.BeginGenerationAsync(first, TestEntries.MakeRoot(), TestEntries.Make(new StateChain(), "shop", 5), default);
        _second.Inner = await OpenFileAsync("old");
        StoreSet later = await OpenAsync();
        Assert.Equal(stored, await later.ReadAsync(null, default));
        await later.AcceptAsync(stored, default);
        await AssertEqualAsync(later);
        Assert.Equal(first, await _second.ReadGenerationAsync(1, default));
    }

    [Fact]
    public async Task Read_OneStoreTampered_ServesTheOtherAndMakesNoKey()
    {
        StoreState stored = await StoreThreeAsync(await OpenAsync());
        Execute("first", "DROP TRIGGER entries_hold; UPDATE entries SET bytes = zeroblob(100) WHERE position = 2");
        StoreSet set = await OpenAsync();
        Assert.Equal(stored, await set.ReadAsync(null, default));
        Assert.Contains(set.Reports, static report => report is { Name: "first", Condition: StoreCondition.Refused, Reason: "EntryChanged" });
        await TestEntries.RefusesAsync(StoreError.Degraded, () => set.AppendAsync("blog", 1));
    }

    [Fact]
    public async Task Open_OneOfAnotherFleet_IsRefusedWithItsName()
    {
        string path = _folder.PathOf("foreign.db");
        await SqliteStore.OpenAsync(path, RandomNumberGenerator.GetBytes(16), TimeProvider.System, default);
        StoreException e = await Assert.ThrowsAsync<StoreException>(
            () => StoreSet.OpenAsync([_first.Source(), StoreSource.Sqlite(path, TimeProvider.System)], Fleet, TimeProvider.System, NullLogger.Instance, default));
        Assert.Equal(StoreError.OtherFleet, e.Error);
        Assert.Contains("foreign.db", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_OneStoreHangs_IsAnsweredByTheOther()
    {
        StoreSet set = await OpenAsync();
        StoreState stored = await StoreThreeAsync(set);
        _second.Hangs = true;
        Assert.Equal(stored, await set.ReadAsync(null, default));

        // From now on it is not waited for.
        long start = TimeProvider.System.GetTimestamp();
        Assert.Equal(stored, await set.ReadAsync(null, default));
        Assert.InRange(TimeProvider.System.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromMilliseconds(400));
        await TestEntries.RefusesAsync(StoreError.Degraded, () => set.AppendAsync("blog", 1));
        _second.Hangs = false;
        await UntilAsync(async () => (await set.ReadAsync(null, default)) is not null && set.Reports.All(static report => report.Condition == StoreCondition.Good));
        await set.AppendAsync("blog", 1);
    }

    [Fact]
    public async Task WaitForChange_OneUnreachable_TellsOfTheOther()
    {
        StoreSet set = await OpenAsync();
        StoreState known = await StoreThreeAsync(set);
        Task waiting = set.WaitForChangeAsync(known, default);
        await _second.Inner.AppendAsync(known, TestEntries.MakeBehind(known, "blog", 1), default);
        await waiting.WaitAsync(TimeBound.Default);
        known = await set.ReadAsync(known, default);
        _first.Error = StoreError.Unavailable;
        waiting = set.WaitForChangeAsync(known, default);
        await _second.Inner.AppendAsync(known, TestEntries.MakeBehind(known, "more", 1), default);
        await waiting.WaitAsync(TimeBound.Default);
        Assert.Equal(5, (await set.ReadAsync(null, default)).Snapshot.Entries.Count);
    }

    private async Task<StoreSet> OpenAsync(params FaultyStore[] stores)
    {
        StoreSource[] sources = [.. (stores.Length == 0 ? [_first, _second] : stores).Select(static store => store.Source())];
        StoreSet set = await StoreSet.OpenAsync(sources, Fleet, TimeProvider.System, NullLogger.Instance, default, TimeSpan.FromMilliseconds(1500));
        _sets.Add(set);
        return set;
    }

    private static async Task<StoreState> StoreThreeAsync(StoreSet set)
    {
        await set.BeginAsync();
        return await set.AppendAsync("shop", 3);
    }

    private async Task AssertEqualAsync(StoreSet set)
    {
        StoreState state = await set.ReadAsync(null, default);
        Assert.Equal(state, await _first.Inner.ReadAsync(null, default));
        Assert.Equal(state, await _second.Inner.ReadAsync(null, default));
    }

    private async Task<ISealedStore> OpenFileAsync(string name) => await SqliteStore.OpenAsync(_folder.PathOf($"{name}.db"), Fleet, TimeProvider.System, default);

    private static async Task<StoreState?> TryReadAsync(StoreSet set)
    {
        try
        {
            return await set.ReadAsync(null, default);
        }
        catch (StoreException)
        {
            return null;
        }
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        for (int i = 0; i < 400; i++)
        {
            if (await condition())
                return;
            await Task.Delay(TimeBound.Poll);
        }

        Assert.Fail("not in time");
    }

    private void Execute(string name, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_folder.PathOf($"{name}.db")};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
