using Npgsql;

namespace E3.Relay.Helper.Store;

/// <summary>The tables of a PostgreSQL store, in a schema of their own, and the steps that lead to them.</summary>
internal static class PostgresSchema
{
    /// <summary>Where somebody who waits for a change is told of one.</summary>
    public const string Channel = "e3_relay";

    /// <summary>The advisory lock behind which the store is changed: "E3-STORE".</summary>
    public const string LockKey = "4986379048349291077";

    /// <summary>The SQLSTATE with which the triggers refuse.</summary>
    public const string AppendOnlyCode = "E3AOF";

    /// <summary>The most entries in one statement.</summary>
    public const int RowsMax = 4096;

    // Step n leads from format n to format n + 1. A step that was released is never changed.
    private static readonly string[] Steps = [First];

    // The last row of appends says where the chain ended, so that entries missing at the end are noticed.
    // The rights are taken from the owner too: it can give them back to itself, but not by mistake.
    private const string First = $"""
        CREATE TABLE e3_relay.fleet(one boolean PRIMARY KEY DEFAULT true CHECK(one), id bytea NOT NULL);
        CREATE TABLE e3_relay.generations(number bigint PRIMARY KEY, wrapped bytea NOT NULL, genesis bytea NOT NULL, link bytea NOT NULL);
        CREATE TABLE e3_relay.entries(generation bigint NOT NULL, position bigint NOT NULL, digest bytea NOT NULL, bytes bytea NOT NULL, PRIMARY KEY(generation, position));
        CREATE TABLE e3_relay.appends(generation bigint NOT NULL, length bigint NOT NULL, head bytea NOT NULL, PRIMARY KEY(generation, length));

        CREATE FUNCTION e3_relay.refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
            BEGIN RAISE EXCEPTION 'append only' USING ERRCODE = '{AppendOnlyCode}'; END $$;
        CREATE FUNCTION e3_relay.follow_generation() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
            BEGIN
                IF NEW.number <> 1 + (SELECT coalesce(max(number), 0) FROM e3_relay.generations) THEN
                    RAISE EXCEPTION 'append only' USING ERRCODE = '{AppendOnlyCode}';
                END IF;
                RETURN NEW;
            END $$;
        CREATE FUNCTION e3_relay.follow_entry() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
            BEGIN
                IF NEW.position <> 1 + (SELECT coalesce(max(position), 0) FROM e3_relay.entries WHERE generation = NEW.generation) THEN
                    RAISE EXCEPTION 'append only' USING ERRCODE = '{AppendOnlyCode}';
                END IF;
                RETURN NEW;
            END $$;
        CREATE FUNCTION e3_relay.follow_append() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
            BEGIN
                IF NEW.length <= (SELECT coalesce(max(length), 0) FROM e3_relay.appends WHERE generation = NEW.generation) THEN
                    RAISE EXCEPTION 'append only' USING ERRCODE = '{AppendOnlyCode}';
                END IF;
                RETURN NEW;
            END $$;
        CREATE FUNCTION e3_relay.tell() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
            BEGIN PERFORM pg_catalog.pg_notify('{Channel}', ''); RETURN NULL; END $$;

        CREATE TRIGGER generations_follow BEFORE INSERT ON e3_relay.generations FOR EACH ROW EXECUTE FUNCTION e3_relay.follow_generation();
        CREATE TRIGGER entries_follow BEFORE INSERT ON e3_relay.entries FOR EACH ROW EXECUTE FUNCTION e3_relay.follow_entry();
        CREATE TRIGGER appends_follow BEFORE INSERT ON e3_relay.appends FOR EACH ROW EXECUTE FUNCTION e3_relay.follow_append();
        CREATE TRIGGER generations_tell AFTER INSERT ON e3_relay.generations FOR EACH STATEMENT EXECUTE FUNCTION e3_relay.tell();
        CREATE TRIGGER appends_tell AFTER INSERT ON e3_relay.appends FOR EACH STATEMENT EXECUTE FUNCTION e3_relay.tell();
        CREATE TRIGGER formats_hold BEFORE UPDATE OR DELETE OR TRUNCATE ON e3_relay.formats FOR EACH STATEMENT EXECUTE FUNCTION e3_relay.refuse();
        CREATE TRIGGER fleet_hold BEFORE UPDATE OR DELETE OR TRUNCATE ON e3_relay.fleet FOR EACH STATEMENT EXECUTE FUNCTION e3_relay.refuse();
        CREATE TRIGGER generations_hold BEFORE UPDATE OR DELETE OR TRUNCATE ON e3_relay.generations FOR EACH STATEMENT EXECUTE FUNCTION e3_relay.refuse();
        CREATE TRIGGER entries_hold BEFORE UPDATE OR DELETE OR TRUNCATE ON e3_relay.entries FOR EACH STATEMENT EXECUTE FUNCTION e3_relay.refuse();
        CREATE TRIGGER appends_hold BEFORE UPDATE OR DELETE OR TRUNCATE ON e3_relay.appends FOR EACH STATEMENT EXECUTE FUNCTION e3_relay.refuse();
        REVOKE UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA e3_relay FROM CURRENT_USER;
        """;

    /// <summary>Makes the tables or brings them up to the present format, once, whoever else starts at the same time; then compares the fleet.</summary>
    /// <exception cref="StoreException">It is the store of another fleet or of a later version.</exception>
    public static async Task PrepareAsync(NpgsqlConnection connection, ReadOnlyMemory<byte> fleetId, CancellationToken cancellationToken)
    {
        if (await ReadFormatAsync(connection, cancellationToken).ConfigureAwait(false) != Steps.Length)
            await MigrateAsync(connection, fleetId, cancellationToken).ConfigureAwait(false);
        byte[] stored = await connection.ScalarAsync<byte[]>("SELECT id FROM e3_relay.fleet", cancellationToken).ConfigureAwait(false);
        if (!fleetId.Span.SequenceEqual(stored))
            throw new StoreException(StoreError.OtherFleet);
    }

    private static async Task MigrateAsync(NpgsqlConnection connection, ReadOnlyMemory<byte> fleetId, CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", cancellationToken).ConfigureAwait(false);
        await connection.ExecuteAsync($"SELECT pg_advisory_xact_lock({LockKey})", cancellationToken).ConfigureAwait(false);

        // Asked again behind the lock: another helper may have done it meanwhile.
        int format = await ReadFormatAsync(connection, cancellationToken).ConfigureAwait(false);
        if (format > Steps.Length)
            throw new StoreException(StoreError.FormatUnsupported);
        if (format == 0)
            await connection.ExecuteAsync("CREATE SCHEMA IF NOT EXISTS e3_relay; CREATE TABLE e3_relay.formats(number integer PRIMARY KEY)", cancellationToken).ConfigureAwait(false);
        for (int step = format; step < Steps.Length; step++)
        {
            await connection.ExecuteAsync(Steps[step], cancellationToken).ConfigureAwait(false);
            await connection.ExecuteAsync("INSERT INTO e3_relay.formats(number) VALUES($1)", [step + 1], cancellationToken).ConfigureAwait(false);
        }

        if (format == 0)
            await connection.ExecuteAsync("INSERT INTO e3_relay.fleet(id) VALUES($1)", [fleetId.ToArray()], cancellationToken).ConfigureAwait(false);
        await PostgresDatabase.CommitAsync(connection).ConfigureAwait(false);
    }

    // By the catalog's rows: to_regclass answers from a cache that another session's commit need not have reached.
    private static async Task<int> ReadFormatAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await connection.ScalarAsync<bool>(
            "SELECT EXISTS(SELECT FROM pg_class WHERE relname = 'formats' AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'e3_relay'))", cancellationToken).ConfigureAwait(false)
            ? await connection.ScalarAsync<int>("SELECT coalesce(max(number), 0) FROM e3_relay.formats", cancellationToken).ConfigureAwait(false)
            : 0;
}
