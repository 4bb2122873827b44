using System.Net.Sockets;
using Npgsql;

namespace E3.Relay.Helper.Store;

/// <summary>Connections to one database, and what its errors mean here.</summary>
internal sealed class PostgresDatabase : IAsyncDisposable
{
    // Warnings have SQLSTATE class 01: https://www.postgresql.org/docs/current/errcodes-appendix.html
    private const string WarningClass = "01";
    private readonly NpgsqlDataSource _source;

    public PostgresDatabase(string connectionString)
    {
        try
        {
            var settings = new NpgsqlConnectionStringBuilder(connectionString)
            {
                ApplicationName = "e3-relay-helper",
                Enlist = false,
                IncludeErrorDetail = false,
                PersistSecurityInfo = false,
                Pooling = false,
                SearchPath = "pg_catalog",

                // A connection that timed out is closed at once, and its work is of unknown outcome; nothing that came late is taken for an answer.
                CancellationTimeout = -1,
            };
            settings.Timeout = Math.Min(settings.Timeout, 5);
            settings.CommandTimeout = Math.Min(settings.CommandTimeout, 10);
            Name = $"postgresql {settings.Host}/{settings.Database}";
            _source = NpgsqlDataSource.Create(settings);
        }
        catch (ArgumentException e)
        {
            // The message of the inner exception may quote the connection string.
            throw new StoreException(StoreError.AccessDenied, $"the connection string is not understood ({e.GetType().Name})");
        }
    }

    /// <summary>Server and database.</summary>
    public string Name { get; }

    /// <summary>Opens a connection, uses it and closes it. A transaction that was begun and not committed is rolled back by that.</summary>
    /// <exception cref="StoreException">Whatever went wrong.</exception>
    public async Task<T> UseAsync<T>(Func<NpgsqlConnection, Task<T>> action, CancellationToken cancellationToken)
    {
        try
        {
            await using NpgsqlConnection connection = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            return await action(connection).ConfigureAwait(false);
        }
        catch (PostgresException e)
        {
            throw new StoreException(ErrorOf(e.SqlState), $"SQLSTATE {e.SqlState}", e);
        }
        catch (Exception e) when (e is NpgsqlException or SocketException or TimeoutException or IOException)
        {
            throw new StoreException(StoreError.Unavailable, inner: e);
        }
    }

    /// <summary>Commits, without ever calling it off.</summary>
    /// <remarks>
    /// A server that is told to cancel while it waits for its synchronous standby commits nevertheless, and only warns that the standby may not have it. So any warning is taken for a failure.
    /// </remarks>
    public static async Task CommitAsync(NpgsqlConnection connection)
    {
        string? warned = null;
        connection.Notice += OnNotice;
        await connection.ExecuteAsync("COMMIT", CancellationToken.None).ConfigureAwait(false);
        connection.Notice -= OnNotice;
        if (warned is not null)
            throw new StoreException(StoreError.Unavailable, $"the commit came with a warning, SQLSTATE {warned}");

        void OnNotice(object sender, NpgsqlNoticeEventArgs e)
        {
            if (e.Notice.SqlState.StartsWith(WarningClass, StringComparison.Ordinal))
                warned = e.Notice.SqlState;
        }
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private static StoreError ErrorOf(string sqlState) => sqlState switch
    {
        PostgresErrorCodes.DiskFull => StoreError.Full,
        PostgresErrorCodes.ReadOnlySqlTransaction => StoreError.ReadOnly,
        PostgresErrorCodes.UniqueViolation or PostgresSchema.AppendOnlyCode => StoreError.Conflict,
        PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted => StoreError.Damaged,
        PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification
            or PostgresErrorCodes.InvalidCatalogName => StoreError.AccessDenied,
        _ => StoreError.Unavailable,
    };
}
