using E3.Relay.Helper.Store;
using E3.Relay.Testing;
using Microsoft.Data.Sqlite;

namespace E3.Relay.CrashMatrix;

/// <summary>Where the state of one world is kept, seen from outside of the helper.</summary>
internal sealed class StateFixture : IAsyncDisposable
{
    private readonly string _folder;
    private readonly PostgresServer? _server;
    private readonly PostgresTestDatabase? _database;

    private readonly bool _both;

    private StateFixture(string folder, PostgresServer? server, PostgresTestDatabase? database, bool both)
    {
        _folder = folder;
        _both = both;
        _server = server;
        _database = database;
    }

    /// <summary>True when the state is in PostgreSQL.</summary>
    public bool IsPostgres => _server is not null;

    /// <summary>What the helper is told.</summary>
    public IReadOnlyList<string> Arguments => _database is null ? [] : _both ? ["--postgres", DatabaseFile, "--store", $"sqlite:{SqliteFile}"] : ["--postgres", DatabaseFile];

    private string DatabaseFile => Path.Combine(_folder, "postgres");

    private string SqliteFile => Path.Combine(_folder, "s", "state.db");

    /// <summary>A SQLite file in the state folder.</summary>
    public static StateFixture Sqlite(string folder) => new(folder, null, null, both: false);

    /// <summary>A database of its own on a server of its own, alone or beside a SQLite file.</summary>
    public static async Task<StateFixture> PostgresAsync(string folder, bool both, params string[] settings)
    {
        PostgresServer server = await PostgresServer.StartAsync(settings);
        var fixture = new StateFixture(folder, server, await server.CreateDatabaseAsync(), both);
        await File.WriteAllTextAsync(fixture.DatabaseFile, fixture._database!.ConnectionString);
        return fixture;
    }

    /// <summary>Reads and verifies everything that each store has.</summary>
    public async Task<IReadOnlyList<StoreState>> ReadAsync(ReadOnlyMemory<byte> fleetId)
    {
        var states = new List<StoreState>();
        if (_database is not null)
        {
            await using PostgresStore store = await PostgresStore.OpenAsync(_database.ConnectionString, fleetId, alone: false, CancellationToken.None);
            states.Add(await store.ReadAsync(null, CancellationToken.None));
        }

        if (_database is null || _both)
        {
            await using SqliteStore store = await SqliteStore.OpenAsync(SqliteFile, fleetId, TimeProvider.System, CancellationToken.None);
            states.Add(await store.ReadAsync(null, CancellationToken.None));
        }

        return states;
    }

    /// <summary>Ends the server with SIGKILL.</summary>
    public Task KillAsync() => _server!.KillAsync();

    /// <summary>Starts the server again.</summary>
    public Task StartAgainAsync() => _server!.StartAgainAsync();

    /// <summary>Takes a copy of everything and puts it back in the place of what is there, while no helper runs.</summary>
    public async Task PutBackAsync()
    {
        if (_database is not null)
        {
            // To the server a copy that is put back is a restart on the same bytes.
            await _server!.KillAsync();
            await _server.StartAgainAsync();
            return;
        }

        string copy = $"{SqliteFile}.copy";
        File.Delete(copy);
        using (var connection = new SqliteConnection($"Data Source={SqliteFile};Pooling=False"))
        {
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "VACUUM INTO $copy";
            command.Parameters.AddWithValue("$copy", copy);
            command.ExecuteNonQuery();
        }

        File.Delete($"{SqliteFile}-wal");
        File.Delete($"{SqliteFile}-shm");
        File.Move(copy, SqliteFile, overwrite: true);
        File.SetUnixFileMode(SqliteFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }
}
