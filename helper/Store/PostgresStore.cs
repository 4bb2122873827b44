using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol.State;
using Npgsql;

namespace E3.Relay.Helper.Store;

/// <summary>
/// Sealed entries in PostgreSQL. Each call opens a connection of its own, so what is read back is what a stranger would read; each change looks at the server's settings first, and its commit is never called off.
/// </summary>
internal sealed class PostgresStore : ISealedStore
{
    // Whoever is told of a change is told at once; this is for those who are not, as behind a pooler.
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(500);

    // All statements of a read see one moment.
    private const string BeginRead = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    private readonly PostgresDatabase _database;
    private readonly bool _alone;

    private PostgresStore(PostgresDatabase database, bool alone)
    {
        _database = database;
        _alone = alone;
    }

    /// <inheritdoc/>
    public string Name => _database.Name;

    /// <summary>Why commits could be lost by a failover, when another store makes that bearable; else null.</summary>
    public string? Warning { get; private set; }

    /// <summary>Opens the store of a fleet, judges the server, and makes the tables where there are none.</summary>
    /// <param name="connectionString">As Npgsql reads it; never logged.</param>
    /// <param name="fleetId">The fleet.</param>
    /// <param name="alone">There is no other store, so a failover must not lose a commit.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="StoreException">The server does not answer, is not safe, or has the store of another fleet or version.</exception>
    public static async Task<PostgresStore> OpenAsync(string connectionString, ReadOnlyMemory<byte> fleetId, bool alone, CancellationToken cancellationToken)
    {
        var store = new PostgresStore(new PostgresDatabase(connectionString), alone);
        try
        {
            await store._database.UseAsync(
                async connection =>
                {
                    store.Warning = await PostgresSafety.CheckAsync(connection, alone, cancellationToken).ConfigureAwait(false);
                    await PostgresSchema.PrepareAsync(connection, fleetId, cancellationToken).ConfigureAwait(false);
                    return true;
                },
                cancellationToken).ConfigureAwait(false);
            return store;
        }
        catch
        {
            await store.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<StoreState> ReadAsync(StoreState? known, CancellationToken cancellationToken) => _database.UseAsync(
        async connection =>
        {
            await connection.ExecuteAsync(BeginRead, cancellationToken).ConfigureAwait(false);
            StoredGenerations generations = await ReadGenerationsAsync(connection, cancellationToken).ConfigureAwait(false);
            return await ReadEntriesAsync(connection, generations.Present, generations.KnownOf(known), cancellationToken).ConfigureAwait(false);
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<StoreState> ReadGenerationAsync(long generation, CancellationToken cancellationToken) => _database.UseAsync(
        async connection =>
        {
            await connection.ExecuteAsync(BeginRead, cancellationToken).ConfigureAwait(false);
            StoredGenerations generations = await ReadGenerationsAsync(connection, cancellationToken).ConfigureAwait(false);
            return await ReadEntriesAsync(connection, generations.At(generation), StateSnapshot.Empty, cancellationToken).ConfigureAwait(false);
        },
        cancellationToken);

    /// <inheritdoc/>
    public async Task<StoreState> AppendAsync(StoreState present, IReadOnlyList<ReadOnlyMemory<byte>> entries, CancellationToken cancellationToken)
    {
        StateChain end = SnapshotBuilder.CheckAppend(present, entries);
        await ChangeAsync(
            present,
            connection => InsertAsync(connection, present.Generation, present.Snapshot.Chain.Length, entries, end, cancellationToken),
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
            present,
            async connection =>
            {
                await connection.ExecuteAsync(
                    "INSERT INTO e3_relay.generations(number, wrapped, genesis, link) VALUES($1, $2, $3, $4)",
                    [present.Generation + 1, root.Wrapped, root.Genesis, link],
                    cancellationToken).ConfigureAwait(false);
                await InsertAsync(connection, present.Generation + 1, 0, entries, end, cancellationToken).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        return (await ReadAsync(null, cancellationToken).ConfigureAwait(false)).ExpectBegun(present.Generation + 1, link, entries);
    }

    /// <inheritdoc/>
    public Task WaitForChangeAsync(StoreState known, CancellationToken cancellationToken) => _database.UseAsync(
        async connection =>
        {
            // First to listen, then to look: what comes between the two is not missed.
            await connection.ExecuteAsync($"LISTEN {PostgresSchema.Channel}", cancellationToken).ConfigureAwait(false);
            while (await ReadPositionAsync(connection, cancellationToken).ConfigureAwait(false) == (known.Generation, (long)known.Snapshot.Chain.Length))
                await connection.WaitAsync(PollInterval, cancellationToken).ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private static async Task<StoreState> ReadEntriesAsync(
        NpgsqlConnection connection, StoredGenerations.Row generation, StateSnapshot before, CancellationToken cancellationToken)
    {
        var snapshot = new SnapshotBuilder(before);
        await foreach ((long position, byte[] digest, byte[] bytes) in connection.QueryAsync(
            "SELECT position, digest, bytes FROM e3_relay.entries WHERE generation = $1 AND position > $2 ORDER BY position",
            static row => (row.GetInt64(0), row.GetFieldValue<byte[]>(1), row.GetFieldValue<byte[]>(2)),
            [generation.Number, (long)before.Chain.Length],
            cancellationToken).ConfigureAwait(false))
        {
            snapshot.Add(position, digest, bytes);
        }

        return generation.Complete(snapshot);
    }

    private static async Task<StoredGenerations> ReadGenerationsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var rows = new List<StoredGenerations.Row>();
        await foreach (StoredGenerations.Row row in connection.QueryAsync(
            """
            SELECT number, wrapped, genesis, link, coalesce(length, 0), coalesce(head, decode(repeat('00', 32), 'hex')) FROM e3_relay.generations
                LEFT JOIN e3_relay.appends ON generation = number AND length = (SELECT max(length) FROM e3_relay.appends WHERE generation = number)
                ORDER BY number
            """,
            static row => new StoredGenerations.Row(
                row.GetInt64(0), new(row.GetFieldValue<byte[]>(1), row.GetFieldValue<byte[]>(2)), row.GetFieldValue<byte[]>(3), row.GetInt64(4), row.GetFieldValue<byte[]>(5)),
            [],
            cancellationToken).ConfigureAwait(false))
        {
            rows.Add(row);
        }

        long last = await connection.ScalarAsync<long>(
            "SELECT greatest((SELECT max(generation) FROM e3_relay.entries), (SELECT max(generation) FROM e3_relay.appends), 0)", cancellationToken).ConfigureAwait(false);
        return new(rows, last);
    }

    private static async Task<(long Generation, long Length)> ReadPositionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        long generation = await connection.ScalarAsync<long>("SELECT coalesce(max(number), 0) FROM e3_relay.generations", cancellationToken).ConfigureAwait(false);
        long length = await connection.ScalarAsync<long>(
            "SELECT coalesce(max(length), 0) FROM e3_relay.appends WHERE generation = (SELECT max(number) FROM e3_relay.generations)", cancellationToken).ConfigureAwait(false);
        return (generation, length);
    }

    private static async Task InsertAsync(
        NpgsqlConnection connection, long generation, ulong after, IReadOnlyList<ReadOnlyMemory<byte>> entries, StateChain end, CancellationToken cancellationToken)
    {
        if (entries.Count == 0)
            return;
        foreach (ReadOnlyMemory<byte>[] chunk in entries.Chunk(PostgresSchema.RowsMax))
        {
            await connection.ExecuteAsync(
                """
                INSERT INTO e3_relay.entries(generation, position, digest, bytes)
                    SELECT $1, $2 + ordinality, digest, bytes FROM unnest($3, $4) WITH ORDINALITY AS entry(digest, bytes, ordinality) ORDER BY ordinality
                """,
                [
                    generation,
                    (long)after,
                    Array.ConvertAll(chunk, static entry => SHA256.HashData(entry.Span)),
                    Array.ConvertAll(chunk, static entry => entry.ToArray()),
                ],
                cancellationToken).ConfigureAwait(false);
            after += (ulong)chunk.Length;
        }

        await connection.ExecuteAsync(
            "INSERT INTO e3_relay.appends(generation, length, head) VALUES($1, $2, $3)", [generation, (long)end.Length, end.Head.ToArray()], cancellationToken).ConfigureAwait(false);
    }

    // Those who change the store take turns, by a lock that needs no right to change a row. The keys of the tables would refuse the second one as well.
    private Task ChangeAsync(StoreState present, Func<NpgsqlConnection, Task> change, CancellationToken cancellationToken) => _database.UseAsync(
        async connection =>
        {
            Warning = await PostgresSafety.CheckAsync(connection, _alone, cancellationToken).ConfigureAwait(false);
            await connection.ExecuteAsync("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", cancellationToken).ConfigureAwait(false);
            await connection.ExecuteAsync($"SELECT pg_advisory_xact_lock({PostgresSchema.LockKey})", cancellationToken).ConfigureAwait(false);
            (await ReadGenerationsAsync(connection, cancellationToken).ConfigureAwait(false)).Expect(present);
            await change(connection).ConfigureAwait(false);
            await PostgresDatabase.CommitAsync(connection).ConfigureAwait(false);
            return true;
        },
        cancellationToken);
}
