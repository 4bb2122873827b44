using System.Security.Cryptography;
using E3.Relay.Helper.Store;
using E3.Relay.Testing;

namespace E3.Relay.Helper.Tests.Store;

/// <summary>What a server's settings say of its commits. The server is the class's own: its settings are changed while it runs.</summary>
public sealed class PostgresSafetyTests(PostgresSafetyTests.OwnServer own) : IClassFixture<PostgresSafetyTests.OwnServer>
{
    private static readonly byte[] Fleet = RandomNumberGenerator.GetBytes(16);

    [Theory]
    [InlineData("fsync", "off")]
    [InlineData("full_page_writes", "off")]
    [InlineData("synchronous_commit", "off")]
    [InlineData("synchronous_commit", "local")]
    [InlineData("synchronous_commit", "remote_write")]
    public async Task Server_WithAnUnsafeSetting_IsRefusedEvenBesideAnother(string setting, string value)
    {
        PostgresTestDatabase database = await own.Server().CreateDatabaseAsync();
        await using PostgresStore before = await PostgresStore.OpenAsync(database.ConnectionString, Fleet, alone: true, default);
        await before.BeginAsync();
        await SetAsync(database, setting, value);
        try
        {
            StoreException e = await Assert.ThrowsAsync<StoreException>(() => PostgresStore.OpenAsync(database.ConnectionString, Fleet, alone: false, default));
            Assert.Equal(StoreError.NotDurable, e.Error);
            Assert.Contains($"{setting} is {value}", e.Message, StringComparison.Ordinal);

            // Changed under a store that is open: what is there is read, and nothing more is stored.
            Assert.Equal(1, (await before.ReadAsync(null, default)).Generation);
            await TestEntries.RefusesAsync(StoreError.NotDurable, () => before.AppendAsync("shop", 1));
        }
        finally
        {
            await SetAsync(database, setting, "on");
        }

        await before.AppendAsync("shop", 1);
    }

    [Fact]
    public async Task Role_WithItsOwnUnsafeSetting_IsRefused()
    {
        PostgresTestDatabase database = await own.Server().CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE ROLE careless SUPERUSER LOGIN; ALTER ROLE careless SET synchronous_commit = off");
        await TestEntries.RefusesAsync(StoreError.NotDurable, () => PostgresStore.OpenAsync(database.ConnectionStringOf("careless"), Fleet, alone: true, default));
    }

    [Fact]
    public async Task Replica_ThatIsNotWaitedFor_IsRefusedAloneAndWarnedOfBesideAnother()
    {
        PostgresTestDatabase database = await own.Server().CreateDatabaseAsync();
        await database.ExecuteAsync("SELECT pg_create_physical_replication_slot('replica')");
        try
        {
            StoreException e = await Assert.ThrowsAsync<StoreException>(() => PostgresStore.OpenAsync(database.ConnectionString, Fleet, alone: true, default));
            Assert.Equal(StoreError.NotDurable, e.Error);
            Assert.Contains("synchronous_standby_names is empty", e.Message, StringComparison.Ordinal);
            await using PostgresStore beside = await PostgresStore.OpenAsync(database.ConnectionString, Fleet, alone: false, default);
            Assert.Contains("failover", beside.Warning!, StringComparison.Ordinal);
        }
        finally
        {
            await database.ExecuteAsync("SELECT pg_drop_replication_slot('replica')");
        }

        await using PostgresStore without = await PostgresStore.OpenAsync(database.ConnectionString, Fleet, alone: true, default);
        Assert.Null(without.Warning);
    }

    // The server commits and says so, with a warning that the standby may not have it. That is not stored.
    [Fact]
    public async Task Commit_CalledOffWhileItWaitsForTheStandby_DoesNotCount()
    {
        PostgresTestDatabase database = await own.Server().CreateDatabaseAsync();
        await using PostgresStore store = await PostgresStore.OpenAsync(database.ConnectionString, Fleet, alone: true, default);
        await store.BeginAsync();
        await SetAsync(database, "synchronous_standby_names", "absent");
        try
        {
            Task<StoreState> appending = store.AppendAsync("shop", 1);
            const string Waiting = "SELECT coalesce(min(pid), 0) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name = 'e3-relay-helper'";
            string pid = "0";
            for (int i = 0; i < 200 && pid == "0"; i++)
                pid = await database.ExecuteAsync(Waiting);
            Assert.NotEqual("0", pid);
            await database.ExecuteAsync($"SET synchronous_commit = local; SELECT pg_cancel_backend({pid})");
            StoreException e = await Assert.ThrowsAsync<StoreException>(() => appending);
            Assert.Equal(StoreError.Unavailable, e.Error);
            Assert.Contains("warning", e.Message, StringComparison.Ordinal);
        }
        finally
        {
            await SetAsync(database, "synchronous_standby_names", "");
        }
    }

    [Fact]
    public async Task Standby_IsReadOnly()
    {
        Assert.SkipUnless(PostgresServer.IsInstalled, PostgresServer.NotInstalled);
        await using PostgresServer standby = await PostgresServer.StartAsync();
        PostgresTestDatabase database = await standby.CreateDatabaseAsync();
        await using PostgresStore store = await PostgresStore.OpenAsync(database.ConnectionString, Fleet, alone: true, default);
        StoreState begun = await store.BeginAsync();
        await standby.BecomeStandbyAsync();
        await TestEntries.RefusesAsync(StoreError.ReadOnly, () => PostgresStore.OpenAsync(database.ConnectionString, Fleet, alone: true, default));
        Assert.Equal(begun, await store.ReadAsync(null, default));
        await TestEntries.RefusesAsync(StoreError.ReadOnly, () => store.AppendAsync("shop", 1));
    }

    private static async Task SetAsync(PostgresTestDatabase database, string setting, string value)
    {
        await database.ExecuteAsync($"ALTER SYSTEM SET {setting} = '{value}'");
        await database.ExecuteAsync("SELECT pg_reload_conf()");
        for (int i = 0; i < 200 && await database.ExecuteAsync($"SHOW {setting}") != value; i++)
            await Task.Delay(TimeBound.Poll);
    }

    public sealed class OwnServer : IAsyncLifetime
    {
        private PostgresServer? _server;

        public PostgresServer Server()
        {
            Assert.SkipUnless(PostgresServer.IsInstalled, PostgresServer.NotInstalled);
            return _server!;
        }

        public async ValueTask InitializeAsync() => _server = PostgresServer.IsInstalled ? await PostgresServer.StartAsync() : null;

        public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
