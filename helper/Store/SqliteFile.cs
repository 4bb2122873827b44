using E3.Relay.Helper.State;
using Microsoft.Data.Sqlite;

namespace E3.Relay.Helper.Store;

/// <summary>Connections to one database file, and what SQLite's errors mean here.</summary>
internal sealed class SqliteFile
{
    // https://www.sqlite.org/rescode.html
    private const int SqliteReadOnly = 8;
    private const int SqliteCorrupt = 11;
    private const int SqliteFull = 13;
    private const int SqliteNotADatabase = 26;
    private const int SqliteIndexOfLogTooSmall = 4874;
    private readonly string _path;
    private readonly string _connectionString;

    public SqliteFile(string path)
    {
        _path = path;
        _connectionString = new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWrite, Pooling = false, DefaultTimeout = 5 }.ToString();
    }

    /// <summary>Makes the file, empty, if there is none.</summary>
    public void Touch() => Guard(() =>
    {
        PrivateFile.Touch(_path);
        return true;
    });

    public T Use<T>(Func<SqliteConnection, T> action) => Guard(() =>
    {
        using var connection = new SqliteConnection(_connectionString);
        connection.Open();
        connection.Execute("PRAGMA synchronous = FULL");
        return action(connection);
    });

    private static T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (SqliteException e)
        {
            throw new StoreException(
                e.SqliteErrorCode switch
                {
                    _ when e.SqliteExtendedErrorCode == SqliteIndexOfLogTooSmall => StoreError.Full,
                    SqliteCorrupt or SqliteNotADatabase => StoreError.Damaged,
                    SqliteFull => StoreError.Full,
                    SqliteReadOnly => StoreError.ReadOnly,
                    _ => StoreError.Unavailable,
                },
                inner: e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(StoreError.Unavailable, inner: e);
        }
    }
}
