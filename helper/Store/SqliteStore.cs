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
        Name = $"sqlite {path}";
    }

    /// <inheritdoc/>
    public string Name { get; }

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
            return Read(connection, known);
        },
        cancellationToken);

    /// <inheritdoc/>
    public async Task<StoreState> AppendAsync(StoreState present, IReadOnlyList<ReadOnlyMemory<byte>> entries, CancellationToken cancellationToken)
    {
        StateChain end = SnapshotBuilder.CheckAppend(present, entries);
        await UseAsync(
            connection =>
            {
                using SqliteTransaction transaction = connection.BeginTransaction(deferred: false);
                ExpectPresent(connection, present);
                Insert(connection, present.Generation, present.Snapshot.Chain.Length, entries, end);
                transaction.Commit();
                return true;
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
        await UseAsync(
            connection =>
            {
                using SqliteTransaction transaction = connection.BeginTransaction(deferred: false);
                ExpectPresent(connection, present);
                connection.Execute(
                    "INSERT INTO generations(number, wrapped, genesis, link) VALUES($number, $wrapped, $genesis, $link)",
                    ("$number", present.Generation + 1),
                    ("$wrapped", root.Wrapped),
                    ("$genesis", root.Genesis),
                    ("$link", link));
                Insert(connection, present.Generation + 1, 0, entries, end);
                transaction.Commit();
                return true;
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

    private static StoreState Read(SqliteConnection connection, StoreState? known)
    {
        (long generation, StoredRoot? root, byte[] link) = ReadGenerations(connection);
        if (connection.Scalar<long>("SELECT max(coalesce((SELECT max(generation) FROM entries), 0), coalesce((SELECT max(generation) FROM appends), 0))") > generation)
            throw new StoreException(StoreError.RootMissing);
        StateSnapshot before = StateSnapshot.Empty;
        if (known is not null && known.Generation == generation)
        {
            if (!known.Link.Span.SequenceEqual(link))
                throw new StoreException(StoreError.GenerationChanged);
            before = known.Snapshot;
        }
        else if (known is not null && known.Generation > generation)
        {
            throw new StoreException(StoreError.ChainMismatch);
        }

        var snapshot = new SnapshotBuilder(before);
        foreach ((long position, byte[] digest, byte[] bytes) in connection.Query(
            "SELECT position, digest, bytes FROM entries WHERE generation = $generation AND position > $known ORDER BY position",
            static row => (row.GetInt64(0), row.GetFieldValue<byte[]>(1), row.GetFieldValue<byte[]>(2)),
            ("$generation", generation),
            ("$known", (long)before.Chain.Length)))
        {
            snapshot.Add(position, digest, bytes);
        }

        (long length, byte[] head) = ReadEnd(connection, generation);
        return new(generation, link, root, snapshot.Complete(length, head));
    }

    // Each generation's link is computed anew, over where the one before it ended.
    private static (long Number, StoredRoot? Root, byte[] Link) ReadGenerations(SqliteConnection connection)
    {
        (long Number, StoredRoot? Root, byte[] Link) last = (0, null, new byte[GenerationLink.Bytes]);
        foreach ((long number, StoredRoot root, byte[] link) in connection.Query(
            "SELECT number, wrapped, genesis, link FROM generations ORDER BY number",
            static row => (row.GetInt64(0), new StoredRoot(row.GetFieldValue<byte[]>(1), row.GetFieldValue<byte[]>(2)), row.GetFieldValue<byte[]>(3))).ToList())
        {
            (long length, byte[] head) = ReadEnd(connection, last.Number);
            if (number != last.Number + 1 || !GenerationLink.Compute(number, last.Link, length, head, root).AsSpan().SequenceEqual(link))
                throw new StoreException(StoreError.GenerationChanged);
            last = (number, root, link);
        }

        return last;
    }

    private static (long Generation, long Length) ReadPosition(SqliteConnection connection)
    {
        long generation = connection.Scalar<long>("SELECT coalesce(max(number), 0) FROM generations");
        return (generation, ReadEnd(connection, generation).Length);
    }

    private static (long Length, byte[] Head) ReadEnd(SqliteConnection connection, long generation) =>
        connection.Query(
            "SELECT length, head FROM appends WHERE generation = $generation ORDER BY length DESC LIMIT 1",
            static row => (row.GetInt64(0), row.GetFieldValue<byte[]>(1)),
            ("$generation", generation)).FirstOrDefault((0, new byte[StateChain.HeadBytes]));

    private static void ExpectPresent(SqliteConnection connection, StoreState present)
    {
        (long generation, _, byte[] link) = ReadGenerations(connection);
        (long length, byte[] head) = ReadEnd(connection, generation);
        if (generation != present.Generation || !present.Link.Span.SequenceEqual(link)
            || (ulong)length != present.Snapshot.Chain.Length || !present.Snapshot.Chain.Head.Span.SequenceEqual(head))
        {
            throw new StoreException(StoreError.Conflict);
        }
    }

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

    // SQLite blocks, for as long as somebody else writes or the disk takes: not on the caller's thread.
    private Task<T> UseAsync<T>(Func<SqliteConnection, T> action, CancellationToken cancellationToken) => Task.Run(() => _file.Use(action), cancellationToken);
}
