namespace E3.Relay.Helper.State;

/// <summary>The folder with all that a helper keeps. One helper at a time holds it.</summary>
internal sealed class StateFolder : IDisposable
{
    private const int SocketPathBytesMax = 107;
    private readonly FileStream _lock;

    private StateFolder(string path, FileStream held)
    {
        Path = path;
        _lock = held;
    }

    public string Path { get; }

    /// <summary>What callers connect to: it leads to the engine that serves, whose own socket has six characters more before its ending, as have those of modules.</summary>
    public string EngineSocket => In("enclave.sock");

    public string AdminSocket => AdminSocketIn(Path);

    public string Database => In("state.db");

    public string HelperId => In("helper-id");

    public string TrustFile => In("trust.json");

    public string ModuleSocket => Simulated("nsm.sock");

    public string Configuration => Simulated("configuration.json");

    public string Audit => AuditIn(Path);

    public static string AuditIn(string folder) => System.IO.Path.Combine(System.IO.Path.GetFullPath(folder), "audit");

    public static string AdminSocketIn(string folder) => System.IO.Path.Combine(folder, "helper.sock");

    public string Caller(string name) => In("callers", name);

    public string Simulated(string name) => In("simulated", name);

    /// <summary>Makes the folder if need be, and takes the lock.</summary>
    /// <exception cref="HelperRefusedException">Another helper holds it, or its path is too long.</exception>
    public static StateFolder Open(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        if (System.Text.Encoding.UTF8.GetByteCount(System.IO.Path.Combine(path, "simulated", "nsm.000000.sock")) > SocketPathBytesMax)
            throw new HelperRefusedException(ExitCode.StateUnusable, $"The path of the state folder is too long for the sockets in it: {path}");
        try
        {
            PrivateFile.CreateFolder(path);
            FileStream held = Lock(System.IO.Path.Combine(path, "lock"));
            PrivateFile.CreateFolder(System.IO.Path.Combine(path, "simulated"));
            PrivateFile.CreateFolder(System.IO.Path.Combine(path, "callers"));
            return new(path, held);
        }
        catch (UnauthorizedAccessException)
        {
            throw new HelperRefusedException(ExitCode.StateUnusable, $"The state folder {path} cannot be written to.");
        }
    }

    /// <summary>Where the state lies when nobody says otherwise: <c>.e3</c> at the root of the checkout, or else in the current folder.</summary>
    public static string Default()
    {
        string current = Directory.GetCurrentDirectory();
        for (var folder = new DirectoryInfo(current); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "E3.Relay.sln")))
                return System.IO.Path.Combine(folder.FullName, ".e3");
        }

        return System.IO.Path.Combine(current, ".e3");
    }

    public void Dispose() => _lock.Dispose();

    private static FileStream Lock(string path)
    {
        PrivateFile.Touch(path);
        try
        {
            // An exclusive flock(2): the kernel gives it up when the process ends, however it ends.
            return new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new HelperRefusedException(ExitCode.StateLocked, $"Another helper runs on the state folder {System.IO.Path.GetDirectoryName(path)}.");
        }
    }

    private string In(params ReadOnlySpan<string> parts) => System.IO.Path.Combine([Path, .. parts]);
}
