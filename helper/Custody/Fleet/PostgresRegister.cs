using E3.Relay.Helper.Store;
using Npgsql;

namespace E3.Relay.Helper.Custody.Fleet;

/// <summary>
/// Leases in the PostgreSQL database that has the sealed entries. All times are the server's. A helper writes its lease before it looks at what is stored, and whoever stores something looks at the leases
/// afterwards; so of two that meet, one sees the other.
/// </summary>
internal sealed class PostgresRegister : IFleetRegister
{
    private const string LeaseTime = "interval '4 seconds'";
    // Asked first, because CREATE … IF NOT EXISTS needs the right to create even where there is nothing to create.
    private const string IsThere =
        "SELECT EXISTS(SELECT FROM pg_class WHERE relname = 'leases' AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'e3_relay_fleet'))";

    private const string Schema = $"""
        SELECT pg_advisory_xact_lock({PostgresSchema.LockKey});
        CREATE SCHEMA IF NOT EXISTS e3_relay_fleet;
        CREATE TABLE IF NOT EXISTS e3_relay_fleet.leases(helper uuid PRIMARY KEY, generation bigint NOT NULL, length bigint NOT NULL, until timestamptz NOT NULL);
        """;

    private readonly PostgresDatabase _database;
    private readonly Guid _helper;

    private PostgresRegister(PostgresDatabase database, Guid helper)
    {
        _database = database;
        _helper = helper;
    }

    /// <inheritdoc/>
    public TimeSpan RenewInterval { get; } = TimeSpan.FromSeconds(1);

    /// <summary>Opens the register, and makes its table where there is none.</summary>
    /// <param name="connectionString">As Npgsql reads it; never logged.</param>
    /// <param name="helper">Stands for this helper, also after it was started again: then its earlier lease is its own.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="StoreException">The server does not answer, or does not let us.</exception>
    public static async Task<PostgresRegister> OpenAsync(string connectionString, Guid helper, CancellationToken cancellationToken)
    {
        var register = new PostgresRegister(new(connectionString), helper);
        try
        {
            await register.RunAsync(
                async connection =>
                {
                    if (await connection.ScalarAsync<bool>(IsThere, cancellationToken).ConfigureAwait(false))
                        return;
                    await connection.ExecuteAsync("BEGIN", cancellationToken).ConfigureAwait(false);
                    await connection.ExecuteAsync(Schema, cancellationToken).ConfigureAwait(false);
                    await connection.ExecuteAsync("COMMIT", cancellationToken).ConfigureAwait(false);
                },
                cancellationToken).ConfigureAwait(false);
            return register;
        }
        catch
        {
            await register.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public Task AnnounceAsync(FleetPosition? position, CancellationToken cancellationToken) => RunAsync(
        connection => position is { } at
            ? connection.ExecuteAsync(
                $"""
                INSERT INTO e3_relay_fleet.leases(helper, generation, length, until) VALUES($1, $2, $3, clock_timestamp() + {LeaseTime})
                    ON CONFLICT(helper) DO UPDATE SET generation = excluded.generation, length = excluded.length, until = excluded.until
                """,
                [_helper, at.Generation, checked((long)at.Length)],
                cancellationToken)
            : connection.ExecuteAsync("DELETE FROM e3_relay_fleet.leases WHERE helper = $1", [_helper], cancellationToken),
        cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<FleetPosition>> ReadOthersAsync(CancellationToken cancellationToken) => _database.UseAsync<IReadOnlyList<FleetPosition>>(
        async connection =>
        {
            var others = new List<FleetPosition>();
            await foreach (FleetPosition other in connection.QueryAsync(
                "SELECT generation, length FROM e3_relay_fleet.leases WHERE helper <> $1 AND until > clock_timestamp()",
                static row => new FleetPosition(row.GetInt64(0), checked((ulong)row.GetInt64(1))),
                [_helper],
                cancellationToken).ConfigureAwait(false))
            {
                others.Add(other);
            }

            return others;
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private Task RunAsync(Func<NpgsqlConnection, Task> action, CancellationToken cancellationToken) => _database.UseAsync(
        async connection =>
        {
            await action(connection).ConfigureAwait(false);
            return true;
        },
        cancellationToken);
}
