using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol.State;
using E3.Relay.Helper.State;
using E3.Relay.Helper.Store;
using E3.Relay.Testing;
using Microsoft.Data.Sqlite;

namespace E3.Relay.Helper.Tests.Store;

public sealed class SqliteStoreTests : SealedStoreContract
{
    private static readonly byte[] Fleet = RandomNumberGenerator.GetBytes(16);
    private readonly TempFolder _folder = new();

    private string Path => _folder.PathOf("state.db");

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task File_New_IsPrivate()
    {
        await OpenAsync();
        Assert.Equal(PrivateFile.Mode, File.GetUnixFileMode(Path));
    }

    [Fact]
    public async Task Store_OfAnotherFleet_IsRefused()
    {
        await OpenAsync();
        await TestEntries.RefusesAsync(StoreError.OtherFleet, () => SqliteStore.OpenAsync(Path, RandomNumberGenerator.GetBytes(16), TimeProvider.System, default));
    }

    [Fact]
    public async Task Store_OfALaterVersion_IsRefused()
    {
        await OpenAsync();
        Execute("PRAGMA user_version = 3");
        await TestEntries.RefusesAsync(StoreError.FormatUnsupported, OpenAsync);
    }

    [Theory]
    [InlineData("DELETE FROM entries WHERE position = 2")]
    [InlineData("UPDATE entries SET bytes = zeroblob(10) WHERE position = 2")]
    [InlineData("INSERT OR REPLACE INTO entries VALUES(1, 2, zeroblob(32), zeroblob(10))")]
    [InlineData("INSERT INTO entries VALUES(1, 5, zeroblob(32), zeroblob(10))")]
    [InlineData("INSERT OR REPLACE INTO appends VALUES(1, 3, zeroblob(32))")]
    [InlineData("INSERT OR REPLACE INTO generations VALUES(1, zeroblob(1), zeroblob(1), zeroblob(32))")]
    [InlineData("INSERT INTO generations VALUES(3, zeroblob(1), zeroblob(1), zeroblob(32))")]
    [InlineData("UPDATE generations SET genesis = zeroblob(1)")]
    [InlineData("DELETE FROM generations")]
    [InlineData("DELETE FROM appends")]
    [InlineData("UPDATE appends SET length = 2")]
    [InlineData("UPDATE fleet SET id = zeroblob(16)")]
    public async Task Tables_ChangedThroughTheDatabase_Stay(string sql)
    {
        StoreState stored = await StoreThreeAsync();
        Assert.Throws<SqliteException>(() => Execute(sql));
        Assert.Equal(stored, await ReadAsync());
    }

    [Theory]
    [InlineData("UPDATE entries SET bytes = zeroblob(100) WHERE position = 2", nameof(StoreError.EntryChanged))]
    [InlineData("UPDATE entries SET digest = zeroblob(32) WHERE position = 3", nameof(StoreError.EntryChanged))]
    [InlineData("DELETE FROM entries WHERE position = 1", nameof(StoreError.EntryOutOfOrder))]
    [InlineData("DELETE FROM entries WHERE position = 2", nameof(StoreError.EntryOutOfOrder))]
    [InlineData("DELETE FROM entries WHERE position = 3", nameof(StoreError.ChainMismatch))]
    [InlineData("DELETE FROM entries", nameof(StoreError.ChainMismatch))]
    [InlineData("DELETE FROM appends", nameof(StoreError.ChainMismatch))]
    [InlineData("INSERT INTO entries SELECT 1, 4, digest, bytes FROM entries WHERE position = 3", nameof(StoreError.EntryOutOfOrder))]
    [InlineData("UPDATE entries SET position = 9 WHERE position = 1; UPDATE entries SET position = 1 WHERE position = 2; UPDATE entries SET position = 2 WHERE position = 9", nameof(StoreError.EntryOutOfOrder))]
    [InlineData("UPDATE generations SET wrapped = zeroblob(256)", nameof(StoreError.GenerationChanged))]
    [InlineData("UPDATE generations SET genesis = zeroblob(100)", nameof(StoreError.GenerationChanged))]
    [InlineData("UPDATE generations SET link = zeroblob(32)", nameof(StoreError.GenerationChanged))]
    [InlineData("UPDATE generations SET number = 2", nameof(StoreError.GenerationChanged))]
    [InlineData("DELETE FROM generations", nameof(StoreError.RootMissing))]
    [InlineData("DELETE FROM generations; DELETE FROM appends", nameof(StoreError.RootMissing))]
    public async Task Tables_Tampered_AreRefused(string sql, string expected)
    {
        await StoreThreeAsync();
        Tamper(sql);
        await TestEntries.RefusesAsync(Enum.Parse<StoreError>(expected), ReadAsync);
    }

    // What follows an older generation afterwards, or is taken from its end, shows in the link of the next.
    [Theory]
    [InlineData("DELETE FROM appends WHERE generation = 1")]
    [InlineData("INSERT INTO appends VALUES(1, 4, zeroblob(32))")]
    [InlineData("DELETE FROM generations WHERE number = 1")]
    public async Task OlderGeneration_Tampered_IsRefused(string sql)
    {
        StoreState first = await StoreThreeAsync();
        await (await OpenAsync()).BeginGenerationAsync(first, TestEntries.MakeRoot(), TestEntries.Make(new StateChain(), "shop", 3), default);
        Tamper(sql);
        await TestEntries.RefusesAsync(StoreError.GenerationChanged, ReadAsync);
    }

    [Fact]
    public async Task Entry_TamperedWithItsDigest_IsRefused()
    {
        byte[] bytes = (await StoreThreeAsync()).Snapshot.Entries[1].ToArray();
        bytes[^1] ^= 1;
        Tamper($"UPDATE entries SET bytes = x'{Convert.ToHexString(bytes)}', digest = x'{Convert.ToHexString(SHA256.HashData(bytes))}' WHERE position = 2");
        await TestEntries.RefusesAsync(StoreError.EntryOutOfOrder, ReadAsync);
    }

    [Fact]
    public async Task File_TruncatedOrOverwritten_IsDamaged()
    {
        await (await OpenAsync()).BeginAsync();
        await (await OpenAsync()).AppendAsync("shop", 40);
        byte[] whole = File.ReadAllBytes(Path);
        File.WriteAllBytes(Path, whole[..(whole.Length / 2)]);
        await TestEntries.RefusesAsync(StoreError.Damaged, ReadAsync);
        File.WriteAllBytes(Path, [.. "not a database at all, but long enough to be looked at"u8, .. new byte[4096]]);
        await TestEntries.RefusesAsync(StoreError.Damaged, OpenAsync);
        for (int i = 1024; i < 3500; i++)
            whole[i] = 0xa5;
        File.WriteAllBytes(Path, whole);
        await TestEntries.RefusesAsync(StoreError.Damaged, ReadAsync);
    }

    [Fact]
    public async Task File_Gone_IsUnavailableAndNotMadeAnew()
    {
        ISealedStore store = await OpenAsync();
        await store.BeginAsync();
        File.Delete(Path);
        await TestEntries.RefusesAsync(StoreError.Unavailable, () => store.ReadAsync(null, default));
        Assert.False(File.Exists(Path));
    }

    [Fact]
    public async Task Upgrade_FromFormatOne_KeepsRootAndEntries()
    {
        StoredRoot root = TestEntries.MakeRoot();
        ReadOnlyMemory<byte>[] entries = TestEntries.Make(new StateChain(), "shop", 3);
        FirstFormat(root, entries, SnapshotBuilder.Check(new StateChain(), entries));
        StoreState read = await ReadAsync();
        Assert.Equal(1, read.Generation);
        Assert.Equal(root.Wrapped, read.Root!.Wrapped);
        Assert.Equal(root.Genesis, read.Root.Genesis);
        Assert.Equal(entries.Select(static e => e.ToArray()), read.Snapshot.Entries.Select(static e => e.ToArray()));
        await (await OpenAsync()).AppendAsync("blog", 1);
        Assert.Equal(["blog", "shop"], (await ReadAsync()).Snapshot.Apps);
        Assert.Throws<SqliteException>(() => Execute("DELETE FROM entries"));
    }

    [Fact]
    public async Task Upgrade_FromEmptyFormatOne_IsEmpty()
    {
        FirstFormat(null, [], new StateChain());
        Assert.Equal(StoreState.Empty, await ReadAsync());
        await (await OpenAsync()).BeginAsync();
    }

    [Fact]
    public async Task Upgrade_FromWhatIsNotWhole_IsRefusedAndChangesNothing()
    {
        ReadOnlyMemory<byte>[] entries = TestEntries.Make(new StateChain(), "shop", 3);
        FirstFormat(TestEntries.MakeRoot(), entries[..2], SnapshotBuilder.Check(new StateChain(), entries));
        await TestEntries.RefusesAsync(StoreError.ChainMismatch, OpenAsync);
        Execute("SELECT one FROM root");
        File.Delete(Path);
        FirstFormat(null, entries, SnapshotBuilder.Check(new StateChain(), entries));
        await TestEntries.RefusesAsync(StoreError.RootMissing, OpenAsync);
    }

    private protected override async Task<ISealedStore> OpenStoreAsync() => await SqliteStore.OpenAsync(Path, Fleet, TimeProvider.System, default);

    private async Task<StoreState> StoreThreeAsync()
    {
        ISealedStore store = await OpenAsync();
        await store.BeginAsync();
        return await store.AppendAsync("shop", 3);
    }

    // The tables as they were in the first format.
    private void FirstFormat(StoredRoot? root, ReadOnlyMemory<byte>[] entries, StateChain end)
    {
        using (new FileStream(Path, FileMode.CreateNew))
            Execute($"""
                CREATE TABLE fleet(one INTEGER PRIMARY KEY CHECK(one = 1), id BLOB NOT NULL) STRICT;
                CREATE TABLE root(one INTEGER PRIMARY KEY CHECK(one = 1), wrapped BLOB NOT NULL, genesis BLOB NOT NULL) STRICT;
                CREATE TABLE chain(one INTEGER PRIMARY KEY CHECK(one = 1), length INTEGER NOT NULL, head BLOB NOT NULL) STRICT;
                CREATE TABLE entries(position INTEGER PRIMARY KEY, digest BLOB NOT NULL, bytes BLOB NOT NULL) STRICT;
                INSERT INTO fleet VALUES(1, {Blob(Fleet)});
                INSERT INTO chain VALUES(1, {end.Length}, {Blob(end.Head)});
                CREATE TRIGGER entries_stay BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'append only'); END;
                CREATE TRIGGER entries_hold BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'append only'); END;
                CREATE TRIGGER root_stays BEFORE DELETE ON root BEGIN SELECT RAISE(ABORT, 'append only'); END;
                CREATE TRIGGER root_holds BEFORE UPDATE ON root BEGIN SELECT RAISE(ABORT, 'append only'); END;
                PRAGMA user_version = 1;
                """);
        if (root is not null)
            Execute($"INSERT INTO root VALUES(1, {Blob(root.Wrapped)}, {Blob(root.Genesis)})");
        for (int i = 0; i < entries.Length; i++)
            Execute($"INSERT INTO entries VALUES({i + 1}, {Blob(SHA256.HashData(entries[i].Span))}, {Blob(entries[i])})");
    }

    private static string Blob(ReadOnlyMemory<byte> bytes) => $"x'{Convert.ToHexString(bytes.Span)}'";

    // Somebody who owns the file can drop the triggers first.
    private void Tamper(string sql) =>
        Execute(string.Concat(
            new[] { "entries", "appends", "generations" }.Select(static table => $"DROP TRIGGER {table}_stay; DROP TRIGGER {table}_hold; DROP TRIGGER {table}_follow;")) + sql);

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
