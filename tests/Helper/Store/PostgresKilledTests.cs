using System.Security.Cryptography;
using E3.Relay.Helper.Store;
using E3.Relay.Testing;

namespace E3.Relay.Helper.Tests.Store;

public sealed class PostgresKilledTests
{
    private const int Rounds = 4;
    private static readonly byte[] Fleet = RandomNumberGenerator.GetBytes(16);

    // All processes of the server at once, while it takes entries. What was acknowledged is there afterwards; what was not is there whole or not at all.
    [Fact]
    public async Task Server_KilledDuringAppends_KeepsWhatItAcknowledged()
    {
        Assert.SkipUnless(PostgresServer.IsInstalled, PostgresServer.NotInstalled);
        await using PostgresServer server = await PostgresServer.StartAsync();
        PostgresTestDatabase database = await server.CreateDatabaseAsync();
        await using PostgresStore store = await PostgresStore.OpenAsync(database.ConnectionString, Fleet, alone: true, default);
        StoreState acknowledged = await store.BeginAsync();
        for (int round = 0; round < Rounds; round++)
        {
            int before = acknowledged.Snapshot.Entries.Count;
            Task<StoreState> appending = AppendUntilItFailsAsync(store, acknowledged);
            await Task.Delay(RandomNumberGenerator.GetInt32(150, 400));
            await server.KillAsync();
            acknowledged = await appending.WaitAsync(TimeBound.Default);
            await TestEntries.RefusesAsync(StoreError.Unavailable, () => store.ReadAsync(null, default));
            await server.StartAgainAsync();

            StoreState stored = await store.ReadAsync(null, default);
            Assert.True(acknowledged.Snapshot.Entries.Count > before, "nothing was appended before the kill");
            Assert.InRange(stored.Snapshot.Entries.Count, acknowledged.Snapshot.Entries.Count, acknowledged.Snapshot.Entries.Count + 3);
            Assert.Equal(0, stored.Snapshot.Entries.Count % 3);
            Assert.Equal(stored, await store.ReadAsync(acknowledged, default));
            acknowledged = stored;
        }
    }

    // A helper that waits for changes learns that the server is gone, and waits again when it is back.
    [Fact]
    public async Task Server_KilledWhileWaitedFor_IsUnavailable()
    {
        Assert.SkipUnless(PostgresServer.IsInstalled, PostgresServer.NotInstalled);
        await using PostgresServer server = await PostgresServer.StartAsync();
        PostgresTestDatabase database = await server.CreateDatabaseAsync();
        await using PostgresStore store = await PostgresStore.OpenAsync(database.ConnectionString, Fleet, alone: true, default);
        StoreState begun = await store.BeginAsync();
        Task waiting = store.WaitForChangeAsync(begun, default);
        await Task.Delay(50);
        await server.KillAsync();
        await TestEntries.RefusesAsync(StoreError.Unavailable, () => waiting.WaitAsync(TimeBound.Default));
        await server.StartAgainAsync();
        waiting = store.WaitForChangeAsync(begun, default);
        await store.AppendAsync("shop", 1);
        await waiting.WaitAsync(TimeBound.Default);
    }

    private static async Task<StoreState> AppendUntilItFailsAsync(ISealedStore store, StoreState state)
    {
        try
        {
            while (true)
                state = await store.AppendAsync(state, TestEntries.MakeBehind(state, "shop", 3), default);
        }
        catch (StoreException e) when (e.Error == StoreError.Unavailable)
        {
            return state;
        }
    }
}
