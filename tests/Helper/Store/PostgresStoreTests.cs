using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol.State;
using E3.Relay.Helper.Store;
using E3.Relay.Testing;
using Npgsql;

namespace E3.Relay.Helper.Tests.Store;

public sealed class PostgresStoreTests : SealedStoreContract
{
    private static readonly byte[] Fleet = RandomNumberGenerator.GetBytes(16);
    private PostgresTestDatabase _database = null!;

    public override async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(PostgresServer.IsInstalled, PostgresServer.NotInstalled);
        _database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
    }

    [Fact]
    public async Task Open_OfManyAtOnce_MakesTheTablesOnce()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(OpenAsync)));
        Assert.Equal("1", await ExecuteAsync("SELECT count(*) FROM e3_relay.formats"));
        Assert.Equal("1", await ExecuteAsync("SELECT count(*) FROM e3_relay.fleet"));
    }

    [Fact]
    public async Task Store_OfAnotherFleet_IsRefused()
    {
        await OpenAsync();
        await TestEntries.RefusesAsync(StoreError.OtherFleet, () => PostgresStore.OpenAsync(_database.ConnectionString, new byte[16], alone: true, default));
    }

    [Fact]
    public async Task Store_OfALaterVersion_IsRefused()
    {
        await OpenAsync();
        await ExecuteAsync("INSERT INTO e3_relay.formats VALUES(2)");
        await TestEntries.RefusesAsync(StoreError.FormatUnsupported, OpenAsync);
    }

    [Fact]
    public async Task Name_SaysWhereAndNoPassword()
    {
        await using PostgresStore store = await PostgresStore.OpenAsync($"{_database.ConnectionString};Password=hunter2hunter2", Fleet, alone: true, default);
        Assert.StartsWith("postgresql /tmp/", store.Name, StringComparison.Ordinal);
        Assert.EndsWith($"/{_database.Name}", store.Name, StringComparison.Ordinal);
        StoreException e = await Assert.ThrowsAsync<StoreException>(() => PostgresStore.OpenAsync("Host=x;Password=hunter2;Nonsense=hunter2", Fleet, alone: true, default));
        Assert.DoesNotContain("hunter2", e.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DELETE FROM e3_relay.entries WHERE position = 2")]
    [InlineData("UPDATE e3_relay.entries SET bytes = '\\x00' WHERE position = 2")]
    [InlineData("INSERT INTO e3_relay.entries VALUES(1, 2, '\\x00', '\\x00') ON CONFLICT(generation, position) DO UPDATE SET bytes = '\\x00'")]
    [InlineData("INSERT INTO e3_relay.entries VALUES(1, 5, '\\x00', '\\x00')")]
    [InlineData("TRUNCATE e3_relay.entries")]
    [InlineData("UPDATE e3_relay.generations SET wrapped = '\\x00'")]
    [InlineData("INSERT INTO e3_relay.generations VALUES(3, '\\x00', '\\x00', '\\x00')")]
    [InlineData("TRUNCATE e3_relay.generations, e3_relay.appends, e3_relay.entries")]
    [InlineData("DELETE FROM e3_relay.appends")]
    [InlineData("INSERT INTO e3_relay.appends VALUES(1, 2, '\\x00')")]
    [InlineData("UPDATE e3_relay.fleet SET id = '\\x00'")]
    [InlineData("DELETE FROM e3_relay.formats")]
    public async Task Tables_ChangedByTheSuperuser_Stay(string sql)
    {
        StoreState stored = await StoreThreeAsync();
        Assert.Contains("append only", (await Assert.ThrowsAsync<InvalidOperationException>(() => ExecuteAsync(sql))).Message, StringComparison.Ordinal);
        Assert.Equal(stored, await ReadAsync());
    }

    [Theory]
    [InlineData("UPDATE e3_relay.entries SET bytes = '\\x00' WHERE position = 2", nameof(StoreError.EntryChanged))]
    [InlineData("UPDATE e3_relay.entries SET digest = '\\x00' WHERE position = 3", nameof(StoreError.EntryChanged))]
    [InlineData("DELETE FROM e3_relay.entries WHERE position = 1", nameof(StoreError.EntryOutOfOrder))]
    [InlineData("DELETE FROM e3_relay.entries WHERE position = 2", nameof(StoreError.EntryOutOfOrder))]
    [InlineData("DELETE FROM e3_relay.entries WHERE position = 3", nameof(StoreError.ChainMismatch))]
    [InlineData("DELETE FROM e3_relay.appends", nameof(StoreError.ChainMismatch))]
    [InlineData("INSERT INTO e3_relay.entries SELECT 1, 4, digest, bytes FROM e3_relay.entries WHERE position = 3", nameof(StoreError.EntryOutOfOrder))]
    [InlineData("UPDATE e3_relay.entries SET position = 9 WHERE position = 1; UPDATE e3_relay.entries SET position = 1 WHERE position = 2; UPDATE e3_relay.entries SET position = 2 WHERE position = 9", nameof(StoreError.EntryOutOfOrder))]
    [InlineData("UPDATE e3_relay.generations SET wrapped = '\\x00'", nameof(StoreError.GenerationChanged))]
    [InlineData("UPDATE e3_relay.generations SET genesis = '\\x00'", nameof(StoreError.GenerationChanged))]
    [InlineData("DELETE FROM e3_relay.generations", nameof(StoreError.RootMissing))]
    public async Task Tables_Tampered_AreRefused(string sql, string expected)
    {
        await StoreThreeAsync();
        await TamperAsync(sql);
        await TestEntries.RefusesAsync(Enum.Parse<StoreError>(expected), ReadAsync);
    }

    [Fact]
    public async Task OlderGeneration_Tampered_IsRefused()
    {
        StoreState first = await StoreThreeAsync();
        await (await OpenAsync()).BeginGenerationAsync(first, TestEntries.MakeRoot(), TestEntries.Make(new StateChain(), "shop", 3), default);
        await TamperAsync("DELETE FROM e3_relay.appends WHERE generation = 1");
        await TestEntries.RefusesAsync(StoreError.GenerationChanged, ReadAsync);
    }

    // As the documentation has it: the owner made the tables, the helper may read and insert.
    [Fact]
    public async Task Role_ThatMayOnlyReadAndInsert_IsEnough()
    {
        await OpenAsync();
        string role = $"helper_{Guid.NewGuid():N}";
        await ExecuteAsync($"CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA e3_relay TO {role}; GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA e3_relay TO {role}");
        string connectionString = _database.ConnectionStringOf(role);
        await using PostgresStore store = await PostgresStore.OpenAsync(connectionString, Fleet, alone: true, default);
        await store.BeginAsync();
        StoreState stored = await store.AppendAsync("shop", 3);
        foreach (string sql in (string[])["DELETE FROM e3_relay.entries", "UPDATE e3_relay.entries SET bytes = '\\x00'", "TRUNCATE e3_relay.entries", "DROP TABLE e3_relay.entries", "ALTER TABLE e3_relay.entries DISABLE TRIGGER ALL"])
        {
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand(sql, connection);
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, (await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync())).SqlState);
        }

        Assert.Equal(stored, await ReadAsync());
        await store.WaitForChangeAsync(StoreState.Empty, default);
    }

    [Fact]
    public async Task Role_WithoutRights_IsDenied()
    {
        await OpenAsync();
        string role = $"nobody_{Guid.NewGuid():N}";
        await ExecuteAsync($"CREATE ROLE {role} LOGIN");
        string connectionString = _database.ConnectionStringOf(role);
        await TestEntries.RefusesAsync(StoreError.AccessDenied, () => PostgresStore.OpenAsync(connectionString, Fleet, alone: true, default));
    }

    // A change is told, not found by looking: it takes far less than the time between two looks.
    [Fact]
    public async Task WaitForChange_Notified_IsFasterThanPolling()
    {
        ISealedStore writer = await OpenAsync();
        ISealedStore waiter = await OpenAsync();
        StoreState known = await writer.BeginAsync();
        long best = long.MaxValue;
        for (int i = 0; i < 5; i++)
        {
            Task waiting = waiter.WaitForChangeAsync(known, default);
            await Task.Delay(100 + (i * 40));
            StoreState appended = await writer.AppendAsync("shop", 1);
            long start = TimeProvider.System.GetTimestamp();
            await waiting.WaitAsync(TimeBound.Default);
            best = Math.Min(best, (long)TimeProvider.System.GetElapsedTime(start).TotalMilliseconds);
            known = appended;
        }

        Assert.InRange(best, 0, 100);
    }

    private protected override async Task<ISealedStore> OpenStoreAsync() => await PostgresStore.OpenAsync(_database.ConnectionString, Fleet, alone: true, default);

    private async Task<StoreState> StoreThreeAsync()
    {
        ISealedStore store = await OpenAsync();
        await store.BeginAsync();
        return await store.AppendAsync("shop", 3);
    }

    // Somebody who owns the server can switch the triggers off.
    private Task TamperAsync(string sql) => ExecuteAsync($"SET session_replication_role = replica; {sql}");

    private Task<string> ExecuteAsync(string sql) => _database.ExecuteAsync(sql);
}
