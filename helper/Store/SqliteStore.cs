using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol.State;
using Microsoft.Data.Sqlite;

namespace E3.Relay.Helper.Store;

/// <summary>
/// Sealed entries in SQLite: a commit is on the disk (WAL, synchronous FULL) before it counts. Each call opens a connection of its own, so what is read is what the file has.
/// </summary>
internal sealed class SqliteStore : ISealedStore
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(500);
    private readonly SqliteFile _file;
    private readonly TimeProvider _time;

    private SqliteStore(string path, TimeProvider time)
    {
        _file = new(path);
        _time = time;
        Name = NameOf(path);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>The name of the store at a path.</summary>
    public static string NameOf(string path) => $"sqlite {path}";

    /// <summary>Opens the store of a fleet, or makes it, and checks the whole file.</summary>
    /// <exception cref="StoreException">It is damaged, of another fleet or of another version.</exception>
    public static async Task<SqliteStore> OpenAsync(string path, ReadOnlyMemory<byte> fleetId, TimeProvider time, CancellationToken cancellationToken)
    {
        var store = new SqliteStore(path, time);
        store._file.Touch();
        await store.UseAsync(
            connection =>
            {
                SqliteSchema.Prepare(connection, fleetId.Span);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        return store;
    }

    /// <inheritdoc/>
    public Task<StoreState> ReadAsync(StoreState? known, CancellationToken cancellationToken) => UseAsync(
        connection =>
        {
            using SqliteTransaction transaction = connection.BeginTransaction(deferred: true);
            StoredGenerations generations = ReadGenerations(connection);
            return ReadEntries(connection, generations.Present, generations.KnownOf(known));
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<StoreState> ReadGenerationAsync(long generation, CancellationToken cancellationToken) => UseAsync(
        connection =>
        {
            using SqliteTransaction transaction = connection.BeginTransaction(deferred: true);
            return ReadEntries(connection, ReadGenerations(connection).At(generation), StateSnapshot.Empty);
        },
        cancellationToken);

    /// <inheritdoc/>
    public async Task<StoreState> AppendAsync(StoreState present, IReadOnlyList<ReadOnlyMemory<byte>> entries, CancellationToken cancellationToken)
    {
        StateChain end = SnapshotBuilder.CheckAppend(present, entries);
        await ChangeAsync(
            connection =>
            {
                ReadGenerations(connection).Expect(present);
                Insert(connection, present.Generation, present.Snapshot.Chain.Length, entries, end);
            },
            cancellationToken).ConfigureAwait(false);
        return (await ReadAsync(present, cancellationToken).ConfigureAwait(false)).ExpectBehind(present, entries);
    }

    /// <inheritdoc/>
    public async Task<StoreState> BeginGenerationAsync(
        StoreState present, StoredRoot root, IReadOnlyList<ReadOnlyMemory<byte>> entries, CancellationToken cancellationToken)
    {
        StateChain end = SnapshotBuilder.Check(new(), entries);
        byte[] link = GenerationLink.Next(present, root);
        await ChangeAsync(
            connection =>
            {
                ReadGenerations(connection).Expect(present);
                connection.Execute(
                    "INSERT INTO generations(number, wrapped, genesis, link) VALUES($number, $wrapped, $genesis, $link)",
                    ("$number", present.Generation + 1),
                    ("$wrapped", root.Wrapped),
                    ("$genesis", root.Genesis),
                    ("$link", link));
                Insert(connection, present.Generation + 1, 0, entries, end);
            },
            cancellationToken).ConfigureAwait(false);
        return (await ReadAsync(null, cancellationToken).ConfigureAwait(false)).ExpectBegun(present.Generation + 1, link, entries);
    }

    /// <inheritdoc/>
    public async Task WaitForChangeAsync(StoreState known, CancellationToken cancellationToken)
    {
        // Another process writes to the same file: there is nobody to tell us.
        while (await UseAsync(connection => ReadPosition(connection) == (known.Generation, (long)known.Snapshot.Chain.Length), cancellationToken).ConfigureAwait(false))
            await Task.Delay(PollInterval, _time, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static StoreState ReadEntries(SqliteConnection connection, StoredGenerations.Row generation, StateSnapshot before)
    {
        var snapshot = new SnapshotBuilder(before);
        foreach ((long position, byte[] digest, byte[] bytes) in connection.Query(
            "SELECT position, digest, bytes FROM entries WHERE generation = $generation AND position > $known ORDER BY position",
            static row => (row.GetInt64(0), row.GetFieldValue<byte[]>(1), row.GetFieldValue<byte[]>(2)),
            ("$generation", generation.Number),
            ("$known", (long)before.Chain.Length)))
        {
            snapshot.Add(position, digest, bytes);
        }

        return generation.Complete(snapshot);
    }

    private static StoredGenerations ReadGenerations(SqliteConnection connection) => new(
        connection.Query(
            """
            SELECT number, wrapped, genesis, link, coalesce(length, 0), coalesce(head, zeroblob(32)) FROM generations
                LEFT JOIN appends ON generation = number AND length = (SELECT max(length) FROM appends WHERE generation = number)
                ORDER BY number
            """,
            static row => new StoredGenerations.Row(
                row.GetInt64(0), new(row.GetFieldValue<byte[]>(1), row.GetFieldValue<byte[]>(2)), row.GetFieldValue<byte[]>(3), row.GetInt64(4), row.GetFieldValue<byte[]>(5))),
        connection.Scalar<long>("SELECT max(coalesce((SELECT max(generation) FROM entries), 0), coalesce((SELECT max(generation) FROM appends), 0))"));

    private static (long Generation, long Length) ReadPosition(SqliteConnection connection) => connection.Query(
        """
        SELECT generation, coalesce((SELECT max(length) FROM appends WHERE appends.generation = present.generation), 0)
            FROM (SELECT coalesce(max(number), 0) AS generation FROM generations) AS present
        """,
        static row => (row.GetInt64(0), row.GetInt64(1))).Single();

    private static void Insert(SqliteConnection connection, long generation, ulong after, IReadOnlyList<ReadOnlyMemory<byte>> entries, StateChain end)
    {
        if (entries.Count == 0)
            return;
        foreach (ReadOnlyMemory<byte> entry in entries)
        {
            connection.Execute(
                "INSERT INTO entries(generation, position, digest, bytes) VALUES($generation, $position, $digest, $bytes)",
                ("$generation", generation),
                ("$position", (long)++after),
                ("$digest", SHA256.HashData(entry.Span)),
                ("$bytes", entry.ToArray()));
        }

        connection.Execute(
            "INSERT INTO appends(generation, length, head) VALUES($generation, $length, $head)",
            ("$generation", generation),
            ("$length", (long)end.Length),
            ("$head", end.Head.ToArray()));
    }

    // The lock is taken before anything is looked at.
    private Task ChangeAsync(Action<SqliteConnection> change, CancellationToken cancellationToken) => UseAsync(
        connection =>
        {
            using SqliteTransaction transaction = connection.BeginTransaction(deferred: false);
            change(connection);
            transaction.Commit();
            return true;
        },
        cancellationToken);

    // SQLite blocks, for as long as somebody else writes or the disk takes: not on the caller's thread.
    private Task<T> UseAsync<T>(Func<SqliteConnection, T> action, CancellationToken cancellationToken) => Task.Run(() => _file.Use(action), cancellationToken);
}
