using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.State;
using E3.Relay.Helper.State;
using E3.Relay.Helper.Store;
using E3.Relay.Testing;
using Microsoft.Data.Sqlite;

namespace E3.Relay.Helper.Tests.Store;

public sealed class SealedStoreTests : IDisposable
{
    private static readonly byte[] Fleet = RandomNumberGenerator.GetBytes(16);
    private readonly TempFolder _folder = new();

    private string Path => _folder.PathOf("state.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Store_New_IsEmptyAndPrivate()
    {
        SealedStore store = Open();
        Assert.Equal(0UL, store.Read().Chain.Length);
        Assert.Empty(store.Read().Apps);
        Assert.Null(store.ReadRoot());
        Assert.Equal(PrivateFile.Mode, File.GetUnixFileMode(Path));
    }

    [Fact]
    public void Append_Reopened_ReadsTheSame()
    {
        StateChain chain = Append(Open(), "shop", 3);
        StateSnapshot read = Open().Read();
        Assert.Equal(chain.Length, read.Chain.Length);
        Assert.Equal(chain.Head.ToArray(), read.Chain.Head.ToArray());
        Assert.Equal(["shop"], read.Apps);
        Append(Open(), "blog", 2);
        Assert.Equal(["blog", "shop"], Open().Read().Apps);
        Assert.Equal(5, Open().Read().Entries.Count);
    }

    [Fact]
    public void Append_BehindAnOldChain_IsAConflict()
    {
        SealedStore store = Open();
        StateChain old = store.Read().Chain;
        Append(store, "shop", 1);
        Refuses(StoreError.Conflict, () => store.Append(old, Make(old, "blog", 1)));
        Assert.Equal(["shop"], store.Read().Apps);
    }

    [Fact]
    public void Append_OfTwoAtOnce_TakesOne()
    {
        SealedStore store = Open();
        StateChain start = store.Read().Chain;
        int conflicts = 0;
        Parallel.For(0, 8, i =>
        {
            try
            {
                Open().Append(start, Make(start, $"app-{i}", 2));
            }
            catch (StoreException e) when (e.Error == StoreError.Conflict)
            {
                Interlocked.Increment(ref conflicts);
            }
        });
        Assert.Equal(7, conflicts);
        Assert.Equal(2UL, store.Read().Chain.Length);
    }

    [Fact]
    public void Append_LastEntryDoesNotFit_TakesNone()
    {
        SealedStore store = Open();
        StateChain chain = store.Read().Chain;
        ReadOnlyMemory<byte>[] entries = Make(chain, "shop", 2);
        Refuses(StoreError.EntryOutOfOrder, () => store.Append(chain, [entries[0], entries[0]]));
        Refuses(StoreError.EntryOutOfOrder, () => store.Append(chain, [entries[1]]));
        Refuses(StoreError.EntryMalformed, () => store.Append(chain, [entries[0], new byte[] { 1 }]));
        Assert.Equal(0UL, store.Read().Chain.Length);
    }

    [Fact]
    public void Root_SavedTwice_IsRefused()
    {
        SealedStore store = Open();
        store.SaveRoot(new([1, 2], [3]));
        Refuses(StoreError.RootExists, () => store.SaveRoot(new([4], [5])));
        StoredRoot root = Open().ReadRoot()!;
        Assert.Equal([1, 2], root.Wrapped);
        Assert.Equal([3], root.Genesis);
    }

    [Fact]
    public void Store_OfAnotherFleet_IsRefused()
    {
        Open();
        Refuses(StoreError.OtherFleet, () => SealedStore.Open(Path, RandomNumberGenerator.GetBytes(16)));
    }

    [Fact]
    public void Store_OfALaterVersion_IsRefused()
    {
        Open();
        Tamper("PRAGMA user_version = 2");
        Refuses(StoreError.FormatUnsupported, () => Open());
    }

    [Theory]
    [InlineData("DELETE FROM entries WHERE position = 2")]
    [InlineData("UPDATE entries SET bytes = zeroblob(10) WHERE position = 2")]
    [InlineData("UPDATE root SET genesis = zeroblob(1)")]
    [InlineData("DELETE FROM root")]
    public void Entries_ChangedThroughTheDatabase_Stay(string sql)
    {
        Append(Open(), "shop", 3);
        Open().SaveRoot(new([1], [2]));
        Assert.Throws<SqliteException>(() => Execute(sql));
        Assert.Equal(3UL, Open().Read().Chain.Length);
    }

    [Theory]
    [InlineData("UPDATE entries SET bytes = zeroblob(100) WHERE position = 2", nameof(StoreError.EntryChanged))]
    [InlineData("UPDATE entries SET digest = zeroblob(32) WHERE position = 3", nameof(StoreError.EntryChanged))]
    [InlineData("DELETE FROM entries WHERE position = 1", nameof(StoreError.EntryOutOfOrder))]
    [InlineData("DELETE FROM entries WHERE position = 2", nameof(StoreError.EntryOutOfOrder))]
    [InlineData("DELETE FROM entries WHERE position = 3", nameof(StoreError.ChainMismatch))]
    [InlineData("DELETE FROM entries", nameof(StoreError.ChainMismatch))]
    [InlineData("DELETE FROM chain", nameof(StoreError.ChainMismatch))]
    [InlineData("UPDATE entries SET position = 9 WHERE position = 1; UPDATE entries SET position = 1 WHERE position = 2; UPDATE entries SET position = 2 WHERE position = 9", nameof(StoreError.EntryOutOfOrder))]
    public void Entries_Tampered_AreRefused(string sql, string expected)
    {
        Append(Open(), "shop", 3);
        Tamper(sql);
        Refuses(Enum.Parse<StoreError>(expected), () => Open().Read());
    }

    [Fact]
    public void Entries_TamperedWithTheirDigest_AreRefused()
    {
        Append(Open(), "shop", 3);
        byte[] bytes = Open().Read().Entries[1].ToArray();
        bytes[^1] ^= 1;
        Tamper($"UPDATE entries SET bytes = x'{Convert.ToHexString(bytes)}', digest = x'{Convert.ToHexString(SHA256.HashData(bytes))}' WHERE position = 2");
        Refuses(StoreError.EntryOutOfOrder, () => Open().Read());
    }

    [Fact]
    public void File_TruncatedOrOverwritten_IsDamaged()
    {
        Append(Open(), "shop", 40);
        byte[] whole = File.ReadAllBytes(Path);
        File.WriteAllBytes(Path, whole[..(whole.Length / 2)]);
        Refuses(StoreError.Damaged, () => Open().Read());
        File.WriteAllBytes(Path, [.. "not a database at all, but long enough to be looked at"u8, .. new byte[4096]]);
        Refuses(StoreError.Damaged, () => Open());
        for (int i = 1024; i < 3500; i++)
            whole[i] = 0xa5;
        File.WriteAllBytes(Path, whole);
        Refuses(StoreError.Damaged, () => Open().Read());
    }

    private SealedStore Open() => SealedStore.Open(Path, Fleet);

    private static StateChain Append(SealedStore store, string app, int count)
    {
        StateChain chain = store.Read().Chain;
        ReadOnlyMemory<byte>[] entries = Make(chain, app, count);
        store.Append(chain, entries);
        StateChain after = chain.Fork();
        foreach (ReadOnlyMemory<byte> entry in entries)
            after.Append(entry.Span);
        return after;
    }

    private static ReadOnlyMemory<byte>[] Make(StateChain after, string app, int count)
    {
        StateChain chain = after.Fork();
        var entries = new ReadOnlyMemory<byte>[count];
        for (int i = 0; i < count; i++)
        {
            byte[] entry = new SealedEntry
            {
                Position = chain.Length + 1,
                PreviousHead = chain.Head,
                App = app,
                Purpose = KeyPurpose.Random,
                KeyVersion = 1,
                KeyId = RandomNumberGenerator.GetBytes(8),
                Nonce = RandomNumberGenerator.GetBytes(12),
                Sealed = RandomNumberGenerator.GetBytes(48),
            }.Write();
            entries[i] = entry;
            chain.Append(entry);
        }

        return entries;
    }

    private static void Refuses(StoreError expected, Action action) => Assert.Equal(expected, Assert.Throws<StoreException>(action).Error);

    // Somebody who owns the file can drop the triggers first.
    private void Tamper(string sql) => Execute($"DROP TRIGGER entries_stay; DROP TRIGGER entries_hold; {sql}");

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
