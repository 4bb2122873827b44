using System.Runtime.CompilerServices;
using Npgsql;

namespace E3.Relay.Helper.Store;

/// <summary>Statements in one line each, with parameters by position.</summary>
internal static class PostgresCommands
{
    public static Task ExecuteAsync(this NpgsqlConnection connection, string sql, CancellationToken cancellationToken) => connection.ExecuteAsync(sql, [], cancellationToken);

    public static async Task ExecuteAsync(this NpgsqlConnection connection, string sql, object[] parameters, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = Command(connection, sql, parameters);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    public static async Task<T> ScalarAsync<T>(this NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = Command(connection, sql, []);
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is T value ? value : throw new StoreException(StoreError.Damaged);
    }

    public static async IAsyncEnumerable<T> QueryAsync<T>(
        this NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read, object[] parameters, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = Command(connection, sql, parameters);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            yield return read(reader);
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, object[] parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (object value in parameters)
            command.Parameters.Add(new() { Value = value });
        return command;
    }
}
