using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol.State;
using E3.Relay.Helper.State;
using Microsoft.Data.Sqlite;

namespace E3.Relay.Helper.Store;

/// <summary>
/// Sealed entries in SQLite: appended with a compare-and-set on the position, flushed before they count, never changed and never deleted.
/// Each call opens a connection of its own, so what is read is what the file has.
/// </summary>
internal sealed class SealedStore
{
    private const int FormatVersion = 1;
    private const int SqliteCorrupt = 11;
    private const int SqliteNotADatabase = 26;
    private readonly string _connectionString;

    private SealedStore(string path) =>
        _connectionString = new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 5 }.ToString();

    /// <summary>Opens the store of a fleet, or makes it, and checks the file.</summary>
    /// <exception cref="StoreException">It is damaged, of another fleet or of another version.</exception>
    public static SealedStore Open(string path, byte[] fleetId)
    {
        PrivateFile.Touch(path);
        var store = new SealedStore(path);
        store.Use(connection =>
        {
            Check(connection);
            if (Scalar<long>(connection, "PRAGMA user_version") == 0)
                Create(connection, fleetId);
            if (Scalar<long>(connection, "PRAGMA user_version") != FormatVersion)
                throw new StoreException(StoreError.FormatUnsupported);
            if (!Scalar<byte[]>(connection, "SELECT id FROM fleet").AsSpan().SequenceEqual(fleetId))
                throw new StoreException(StoreError.OtherFleet);
            return true;
        });
        return store;
    }

    /// <summary>The root of the fleet; null before genesis.</summary>
    public StoredRoot? ReadRoot() => Use(static connection =>
    {
        using SqliteCommand command = Command(connection, "SELECT wrapped, genesis FROM root");
        using SqliteDataReader reader = command.ExecuteReader();
        return reader.Read() ? new StoredRoot(reader.GetFieldValue<byte[]>(0), reader.GetFieldValue<byte[]>(1)) : null;
    });

    /// <summary>Stores the root of the fleet, once and for all.</summary>
    /// <exception cref="StoreException">There is one already.</exception>
    public void SaveRoot(StoredRoot root) => Use(connection =>
    {
        using SqliteCommand command = Command(connection, "INSERT OR IGNORE INTO root(one, wrapped, genesis) VALUES(1, $wrapped, $genesis)");
        command.Parameters.AddWithValue("$wrapped", root.Wrapped);
        command.Parameters.AddWithValue("$genesis", root.Genesis);
        return command.ExecuteNonQuery() == 1 ? true : throw new StoreException(StoreError.RootExists);
    });

    /// <summary>Reads all entries and computes their chain anew from the bytes.</summary>
    /// <exception cref="StoreException">Anything about them is not as it was stored.</exception>
    public StateSnapshot Read() => Use(static connection =>
    {
        using SqliteTransaction transaction = connection.BeginTransaction(deferred: true);
        var entries = new List<ReadOnlyMemory<byte>>();
        var apps = new SortedSet<string>(StringComparer.Ordinal);
        var chain = new StateChain();
        using (SqliteCommand command = Command(connection, "SELECT position, digest, bytes FROM entries ORDER BY position"))
        using (SqliteDataReader reader = command.ExecuteReader())
        {
            while (reader.Read())
            {
                byte[] bytes = reader.GetFieldValue<byte[]>(2);
                apps.Add(Verify(reader.GetInt64(0), reader.GetFieldValue<byte[]>(1), bytes, chain).App);
                entries.Add(bytes);
            }
        }

        (long length, byte[] head) = ReadHead(connection);
        return (ulong)length == chain.Length && head.AsSpan().SequenceEqual(chain.Head.Span)
            ? new StateSnapshot(entries, chain, [.. apps])
            : throw new StoreException(StoreError.ChainMismatch);
    });

    /// <summary>Appends entries behind the chain that they were made for, all or none. When it returns they are on the disk.</summary>
    /// <exception cref="StoreException">The store has gone on meanwhile, or the entries do not fit.</exception>
    public void Append(StateChain after, IReadOnlyList<ReadOnlyMemory<byte>> entries) => Use(connection =>
    {
        using SqliteTransaction transaction = connection.BeginTransaction(deferred: false);
        (long length, byte[] head) = ReadHead(connection);
        if ((ulong)length != after.Length || !head.AsSpan().SequenceEqual(after.Head.Span))
            throw new StoreException(StoreError.Conflict);
        StateChain chain = after.Fork();
        foreach (ReadOnlyMemory<byte> entry in entries)
        {
            byte[] digest = SHA256.HashData(entry.Span);
            long position = checked((long)chain.Length + 1);
            Verify(position, digest, entry, chain);
            using SqliteCommand insert = Command(connection, "INSERT INTO entries(position, digest, bytes) VALUES($position, $digest, $bytes)");
            insert.Parameters.AddWithValue("$position", position);
            insert.Parameters.AddWithValue("$digest", digest);
            insert.Parameters.AddWithValue("$bytes", entry.ToArray());
            insert.ExecuteNonQuery();
        }

        using SqliteCommand update = Command(connection, "UPDATE chain SET length = $length, head = $head");
        update.Parameters.AddWithValue("$length", (long)chain.Length);
        update.Parameters.AddWithValue("$head", chain.Head.ToArray());
        update.ExecuteNonQuery();
        transaction.Commit();
        return true;
    });

    // Adds the entry to the chain, or says what is wrong with it.
    private static SealedEntry Verify(long position, byte[] digest, ReadOnlyMemory<byte> bytes, StateChain chain)
    {
        if (!SHA256.HashData(bytes.Span).AsSpan().SequenceEqual(digest))
            throw new StoreException(StoreError.EntryChanged);
        if (!SealedEntry.TryRead(bytes, out SealedEntry entry))
            throw new StoreException(StoreError.EntryMalformed);
        if ((ulong)position != chain.Length + 1 || entry.Position != (ulong)position || !entry.PreviousHead.Span.SequenceEqual(chain.Head.Span))
            throw new StoreException(StoreError.EntryOutOfOrder);
        chain.Append(bytes.Span);
        return entry;
    }

    private static void Check(SqliteConnection connection)
    {
        if (Scalar<string>(connection, "PRAGMA integrity_check(1)") != "ok")
            throw new StoreException(StoreError.Damaged);
    }

    private static void Create(SqliteConnection connection, byte[] fleetId)
    {
        Execute(connection, "PRAGMA journal_mode = WAL");
        using SqliteTransaction transaction = connection.BeginTransaction();
        Execute(connection, """
            CREATE TABLE fleet(one INTEGER PRIMARY KEY CHECK(one = 1), id BLOB NOT NULL) STRICT;
            CREATE TABLE root(one INTEGER PRIMARY KEY CHECK(one = 1), wrapped BLOB NOT NULL, genesis BLOB NOT NULL) STRICT;
            CREATE TABLE chain(one INTEGER PRIMARY KEY CHECK(one = 1), length INTEGER NOT NULL, head BLOB NOT NULL) STRICT;
            CREATE TABLE entries(position INTEGER PRIMARY KEY, digest BLOB NOT NULL, bytes BLOB NOT NULL) STRICT;
            INSERT INTO chain VALUES(1, 0, zeroblob(32));
            CREATE TRIGGER entries_stay BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'append only'); END;
            CREATE TRIGGER entries_hold BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'append only'); END;
            CREATE TRIGGER root_stays BEFORE DELETE ON root BEGIN SELECT RAISE(ABORT, 'append only'); END;
            CREATE TRIGGER root_holds BEFORE UPDATE ON root BEGIN SELECT RAISE(ABORT, 'append only'); END;
            """);
        using SqliteCommand fleet = Command(connection, "INSERT INTO fleet VALUES(1, $id)");
        fleet.Parameters.AddWithValue("$id", fleetId);
        fleet.ExecuteNonQuery();
        Execute(connection, $"PRAGMA user_version = {FormatVersion}");
        transaction.Commit();
    }

    private static (long Length, byte[] Head) ReadHead(SqliteConnection connection)
    {
        using SqliteCommand command = Command(connection, "SELECT length, head FROM chain");
        using SqliteDataReader reader = command.ExecuteReader();
        return reader.Read() ? (reader.GetInt64(0), reader.GetFieldValue<byte[]>(1)) : throw new StoreException(StoreError.ChainMismatch);
    }

    private T Use<T>(Func<SqliteConnection, T> action)
    {
        try
        {
            using var connection = new SqliteConnection(_connectionString);
            connection.Open();
            Execute(connection, "PRAGMA synchronous = FULL");
            return action(connection);
        }
        catch (SqliteException e) when (e.SqliteErrorCode is SqliteCorrupt or SqliteNotADatabase)
        {
            throw new StoreException(StoreError.Damaged, e);
        }
        catch (SqliteException e)
        {
            throw new StoreException(StoreError.Unavailable, e);
        }
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = Command(connection, sql);
        command.ExecuteNonQuery();
    }

    private static T Scalar<T>(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = Command(connection, sql);
        return command.ExecuteScalar() is T value ? value : throw new StoreException(StoreError.Damaged);
    }

    private static SqliteCommand Command(SqliteConnection connection, string sql)
    {
        SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }
}
