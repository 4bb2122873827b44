using System.Diagnostics;
using System.Globalization;

namespace E3.Relay.Testing;

/// <summary>A PostgreSQL server with a cluster of its own in a folder of its own, reachable by a Unix socket alone. It ends with the test, and with whoever runs it.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    /// <summary>Why a test is skipped where there is no server to start.</summary>
    public const string NotInstalled = "PostgreSQL is not installed (apt-get install postgresql): its store is NOT tested here";

    private static readonly string? Programs = Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Select(static version => Path.Combine(version, "bin")).Where(static bin => File.Exists(Path.Combine(bin, "postgres"))).Max(StringComparer.Ordinal)
        : null;

    private static readonly Lazy<Task<PostgresServer>> LazyShared = new(static () => StartAsync());
    private static int _databases;

    private readonly TempFolder _folder;
    private ChildProgram? _program;

    private PostgresServer(TempFolder folder, ChildProgram program)
    {
        _folder = folder;
        _program = program;
    }

    /// <summary>True when there is a server to start.</summary>
    public static bool IsInstalled => Programs is not null;

    /// <summary>One server for all tests that leave its settings alone, each with a database of its own.</summary>
    public static Task<PostgresServer> SharedAsync() => LazyShared.Value;

    /// <summary>The folder of the socket.</summary>
    public string Host => _folder.Path;

    /// <summary>Makes a cluster and starts its server.</summary>
    /// <param name="settings">Settings beside the defaults, <c>name=value</c> each.</param>
    public static async Task<PostgresServer> StartAsync(params string[] settings)
    {
        var folder = new TempFolder();
        await RunAsync("initdb", "-D", folder.PathOf("data"), "-U", "e3", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C");
        await File.AppendAllLinesAsync(
            folder.PathOf("data", "postgresql.conf"),
            ["listen_addresses=''", $"unix_socket_directories='{folder.Path}'", "shared_buffers='16MB'", "max_connections=60", "autovacuum=off", .. settings]);
        return await StartAsync(folder);

        async Task RunAsync(string program, params string[] arguments)
        {
            (string path, string[] all) = AsOrdinaryUser(program, arguments);
            if (Environment.IsPrivilegedProcess)
                await ToEndAsync(ChildProgram.Start("/usr/bin/chown", ["postgres:postgres", folder.Path]));
            await ToEndAsync(ChildProgram.Start(path, all, workingDirectory: folder.Path));
        }
    }

    /// <summary>Makes an empty database.</summary>
    public async Task<PostgresTestDatabase> CreateDatabaseAsync()
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"test{Interlocked.Increment(ref _databases)}");
        await ExecuteAsync("postgres", $"CREATE DATABASE {name}");
        return new(this, name);
    }

    internal async Task<string> ExecuteAsync(string database, string sql)
    {
        await using var psql = ChildProgram.Start(Path.Combine(Programs!, "psql"), ["-h", Host, "-U", "e3", "-d", database, "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql]);
        return await psql.WaitForExitAsync() == 0 ? string.Join('\n', psql.Output) : throw new InvalidOperationException(psql.Transcript);
    }

    /// <summary>Ends all of its processes with SIGKILL.</summary>
    public async Task KillAsync()
    {
        int server = int.Parse((await File.ReadAllLinesAsync(_folder.PathOf("data", "postmaster.pid")))[0], CultureInfo.InvariantCulture);
        using (Process process = Process.GetProcessById(server))
            process.Kill(entireProcessTree: true);
        await EndAsync();
    }

    /// <summary>Ends it, and starts it as a standby that follows nobody.</summary>
    public async Task BecomeStandbyAsync()
    {
        await KillAsync();
        await File.WriteAllTextAsync(_folder.PathOf("data", "standby.signal"), "");
        await StartAgainAsync();
    }

    /// <summary>Starts the server again on what is on the disk.</summary>
    public async Task StartAgainAsync()
    {
        await EndAsync();
        File.Delete(_folder.PathOf("data", "postmaster.pid"));
        _program = await LaunchAsync(_folder);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _folder.Dispose();
    }

    private async Task EndAsync()
    {
        if (_program is not null)
            await _program.DisposeAsync();
        _program = null;
    }

    private static async Task<PostgresServer> StartAsync(TempFolder folder) => new(folder, await LaunchAsync(folder));

    // The shell ends the server when its own standard input ends, which is when this process does, however it does.
    private static async Task<ChildProgram> LaunchAsync(TempFolder folder)
    {
        (string path, string[] arguments) = AsOrdinaryUser("postgres", ["-D", folder.PathOf("data")]);
        const string UntilInputEnds = "\"$@\" & server=$!; cat >/dev/null; kill -QUIT $server; wait $server";
        var program = ChildProgram.Start("/bin/sh", ["-c", UntilInputEnds, "sh", path, .. arguments], workingDirectory: folder.Path);
        await program.WaitForLineAsync("database system is ready to accept");
        return program;
    }

    // The server refuses to run as root.
    private static (string Path, string[] Arguments) AsOrdinaryUser(string program, string[] arguments)
    {
        string path = Path.Combine(Programs!, program);
        return Environment.IsPrivilegedProcess ? ("/usr/bin/setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", path, .. arguments]) : (path, arguments);
    }

    private static async Task ToEndAsync(ChildProgram program)
    {
        await using (program)
        {
            if (await program.WaitForExitAsync() != 0)
                throw new InvalidOperationException(program.Transcript);
        }
    }
}
