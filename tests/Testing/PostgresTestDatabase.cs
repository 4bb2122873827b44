namespace E3.Relay.Testing;

/// <summary>A database of one test on a server.</summary>
public sealed class PostgresTestDatabase
{
    private readonly PostgresServer _server;

    internal PostgresTestDatabase(PostgresServer server, string name)
    {
        _server = server;
        Name = name;
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>The connection string of the superuser.</summary>
    public string ConnectionString => ConnectionStringOf("e3");

    /// <summary>The connection string of a role.</summary>
    public string ConnectionStringOf(string role) => $"Host={_server.Host};Username={role};Database={Name}";

    /// <summary>Runs statements as the superuser, in one transaction, and returns what they print.</summary>
    /// <exception cref="InvalidOperationException">They failed; the message has the server's.</exception>
    public Task<string> ExecuteAsync(string sql) => _server.ExecuteAsync(Name, sql);
}
