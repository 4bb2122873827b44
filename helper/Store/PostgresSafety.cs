using Npgsql;

namespace E3.Relay.Helper.Store;

/// <summary>Judges whether what a server acknowledges is safe: on its disk, and on the replica that would take over.</summary>
internal static class PostgresSafety
{
    /// <summary>Looks at the settings as they are for this very session.</summary>
    /// <param name="connection">The session.</param>
    /// <param name="alone">There is no other store.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>What another store beside this one makes bearable; null when nothing.</returns>
    /// <exception cref="StoreException">A commit could be lost, or none can be made.</exception>
    public static async Task<string?> CheckAsync(NpgsqlConnection connection, bool alone, CancellationToken cancellationToken)
    {
#if DEBUG
        if (Custody.PlantedFault.Is(Custody.PlantedFault.NoFlush))
            return null;
#endif

        // One row, whatever the role may see: pg_stat_replication shows to everybody that there is a replica, and to few how it is.
        Settings settings = await SingleAsync(
            connection,
            """
            SELECT pg_is_in_recovery(), current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit'), current_setting('synchronous_standby_names'),
                EXISTS(SELECT FROM pg_stat_replication) OR EXISTS(SELECT FROM pg_replication_slots WHERE slot_type = 'physical' AND NOT temporary)
            """,
            static row => new Settings(row.GetBoolean(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetBoolean(5)),
            cancellationToken).ConfigureAwait(false);
        if (settings.InRecovery)
            throw new StoreException(StoreError.ReadOnly, "the server is a standby, or recovers; the primary is needed");
        Require(settings.FSync == "on", $"fsync is {settings.FSync}, and must be on");
        Require(settings.FullPageWrites == "on", $"full_page_writes is {settings.FullPageWrites}, and must be on");
        Require(settings.SynchronousCommit is "on" or "remote_apply", $"synchronous_commit is {settings.SynchronousCommit}, and must be on or remote_apply");
        if (!settings.Replicated || settings.SynchronousStandbyNames.Length > 0)
            return null;
        const string Asynchronous = "the server has a replica and synchronous_standby_names is empty: a failover could lose a key";
        Require(!alone, $"{Asynchronous}; name a synchronous standby, or use a second store beside this one");
        return Asynchronous;
    }

    private static void Require(bool safe, string about)
    {
        if (!safe)
            throw new StoreException(StoreError.NotDurable, about);
    }

    private static async Task<T> SingleAsync<T>(NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        await foreach (T row in connection.QueryAsync(sql, read, [], cancellationToken).ConfigureAwait(false))
            return row;
        throw new StoreException(StoreError.Damaged);
    }

    private sealed record Settings(bool InRecovery, string FSync, string FullPageWrites, string SynchronousCommit, string SynchronousStandbyNames, bool Replicated);
}
