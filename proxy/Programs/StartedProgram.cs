using System.Diagnostics;

namespace E3.Relay.Proxy.Programs;

/// <summary>
/// One program and the process that runs it now. We hold the other end of its standard input: when we end, in whatever way, it reads the end of its input and
/// ends too.
/// </summary>
internal sealed class StartedProgram(string name, string path, IReadOnlyList<string> arguments, string folder, string environment) : IDisposable
{
    // What is set for the proxy's own server must not move the servers of its children.
    private static readonly string[] HostSettings =
        ["DOTNET_URLS", "DOTNET_HTTP_PORTS", "DOTNET_HTTPS_PORTS", "DOTNET_CONTENTROOT", "URLS", "HTTP_PORTS", "HTTPS_PORTS"];

    private static readonly string[] HostPrefixes = ["ASPNETCORE_", "Kestrel__", "Relay__", "ReverseProxy__"];

    private Process? _process;

    public string Name => name;

    public int ProcessId => _process?.Id ?? 0;

    /// <summary>Starts a process.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">The system cannot start it.</exception>
    public void Start()
    {
        var start = new ProcessStartInfo(path, arguments) { RedirectStandardInput = true, UseShellExecute = false, WorkingDirectory = folder };
        foreach (string variable in start.Environment.Keys.Where(IsHostSetting).ToArray())
            start.Environment.Remove(variable);
        start.Environment["DOTNET_ENVIRONMENT"] = environment;
        _process?.Dispose();
        _process = null;
        _process = Process.Start(start);
    }

    /// <summary>Waits for the end of the process.</summary>
    /// <returns>Its exit code; -1 when there is none, because it could not be started.</returns>
    public async Task<int> WaitAsync(CancellationToken cancellationToken)
    {
        if (_process is null)
            return -1;
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Tells it to end.</summary>
    public void CloseInput() => _process?.StandardInput.Close();

    /// <summary>Ends it and what it started.</summary>
    public void Kill() => _process?.Kill(entireProcessTree: true);

    public void Dispose() => _process?.Dispose();

    private static bool IsHostSetting(string variable) =>
        HostSettings.Contains(variable, StringComparer.OrdinalIgnoreCase)
        || Array.Exists(HostPrefixes, prefix => variable.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));
}
