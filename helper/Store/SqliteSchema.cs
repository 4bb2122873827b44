using Microsoft.Data.Sqlite;

namespace E3.Relay.Helper.Store;

/// <summary>The tables of a SQLite store, and how older ones become them. The number of the format is the file's <c>user_version</c>.</summary>
internal static class SqliteSchema
{
    /// <summary>Format 2: generations. In format 1 there was one root and its entries.</summary>
    public const int FormatVersion = 2;

    /// <summary>Checks the whole file, makes the tables or brings them up to the present format, and compares the fleet.</summary>
    public static void Prepare(SqliteConnection connection, ReadOnlySpan<byte> fleetId)
    {
        if (connection.Scalar<string>("PRAGMA integrity_check(1)") != "ok")
            throw new StoreException(StoreError.Damaged);
        if (connection.Scalar<long>("PRAGMA user_version") is not (0 or 1 or FormatVersion))
            throw new StoreException(StoreError.FormatUnsupported);
        connection.Execute("PRAGMA journal_mode = WAL");
        using (SqliteTransaction transaction = connection.BeginTransaction(deferred: false))
        {
            // Asked again behind the lock: two helpers may start at once.
            if (connection.Scalar<long>("PRAGMA user_version") == 0)
                Create(connection, fleetId);
            else if (connection.Scalar<long>("PRAGMA user_version") == 1)
                Upgrade(connection);
            connection.Execute($"PRAGMA user_version = {FormatVersion}");
            transaction.Commit();
        }

        if (!connection.Scalar<byte[]>("SELECT id FROM fleet").AsSpan().SequenceEqual(fleetId))
            throw new StoreException(StoreError.OtherFleet);
    }

    private static void Create(SqliteConnection connection, ReadOnlySpan<byte> fleetId)
    {
        connection.Execute("CREATE TABLE fleet(one INTEGER PRIMARY KEY CHECK(one = 1), id BLOB NOT NULL) STRICT");
        connection.Execute("INSERT INTO fleet VALUES(1, $id)", ("$id", fleetId.ToArray()));
        CreateTables(connection);
    }

    // The last row of appends says where the chain ended, so that entries missing at the end are noticed.
    private static void CreateTables(SqliteConnection connection)
    {
        connection.Execute("""
            CREATE TABLE generations(number INTEGER PRIMARY KEY, wrapped BLOB NOT NULL, genesis BLOB NOT NULL, link BLOB NOT NULL) STRICT;
            CREATE TABLE entries(generation INTEGER NOT NULL, position INTEGER NOT NULL, digest BLOB NOT NULL, bytes BLOB NOT NULL,
                PRIMARY KEY(generation, position)) STRICT, WITHOUT ROWID;
            CREATE TABLE appends(generation INTEGER NOT NULL, length INTEGER NOT NULL, head BLOB NOT NULL, PRIMARY KEY(generation, length)) STRICT, WITHOUT ROWID;
            CREATE TRIGGER entries_follow BEFORE INSERT ON entries
                WHEN NEW.position <> 1 + (SELECT coalesce(max(position), 0) FROM entries WHERE generation = NEW.generation)
                BEGIN SELECT RAISE(ABORT, 'append only'); END;
            CREATE TRIGGER appends_follow BEFORE INSERT ON appends
                WHEN NEW.length <= (SELECT coalesce(max(length), 0) FROM appends WHERE generation = NEW.generation)
                BEGIN SELECT RAISE(ABORT, 'append only'); END;
            CREATE TRIGGER generations_follow BEFORE INSERT ON generations
                WHEN NEW.number <> 1 + (SELECT coalesce(max(number), 0) FROM generations)
                BEGIN SELECT RAISE(ABORT, 'append only'); END;
            """);
        foreach (string table in (ReadOnlySpan<string>)["fleet", "generations", "entries", "appends"])
        {
            connection.Execute($"CREATE TRIGGER {table}_stay BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, 'append only'); END");
            connection.Execute($"CREATE TRIGGER {table}_hold BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, 'append only'); END");
        }
    }

    private static void Upgrade(SqliteConnection connection)
    {
        StateSnapshot snapshot = ReadFirstFormat(connection);
        StoredRoot? root = connection.Query("SELECT wrapped, genesis FROM root", static row => new StoredRoot(row.GetFieldValue<byte[]>(0), row.GetFieldValue<byte[]>(1))).FirstOrDefault();
        if (root is null && snapshot.Entries.Count > 0)
            throw new StoreException(StoreError.RootMissing);
        connection.Execute("DROP TRIGGER IF EXISTS entries_stay; DROP TRIGGER IF EXISTS entries_hold; ALTER TABLE entries RENAME TO first_entries");
        CreateTables(connection);
        if (root is not null)
        {
            connection.Execute(
                "INSERT INTO generations(number, wrapped, genesis, link) VALUES(1, $wrapped, $genesis, $link)",
                ("$wrapped", root.Wrapped),
                ("$genesis", root.Genesis),
                ("$link", GenerationLink.Next(StoreState.Empty, root)));
        }

        connection.Execute("""
            INSERT INTO entries SELECT 1, position, digest, bytes FROM first_entries ORDER BY position;
            INSERT INTO appends SELECT 1, length, head FROM chain WHERE length > 0;
            DROP TABLE first_entries; DROP TABLE chain; DROP TABLE root;
            """);
    }

    private static StateSnapshot ReadFirstFormat(SqliteConnection connection)
    {
        var snapshot = new SnapshotBuilder(StateSnapshot.Empty);
        foreach ((long position, byte[] digest, byte[] bytes) in connection.Query(
            "SELECT position, digest, bytes FROM entries ORDER BY position",
            static row => (row.GetInt64(0), row.GetFieldValue<byte[]>(1), row.GetFieldValue<byte[]>(2))))
        {
            snapshot.Add(position, digest, bytes);
        }

        (long length, byte[] head) = connection.Query("SELECT length, head FROM chain", static row => (row.GetInt64(0), row.GetFieldValue<byte[]>(1))).FirstOrDefault((-1, []));
        return snapshot.Complete(length, head);
    }
}
