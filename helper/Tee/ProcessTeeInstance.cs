using System.Diagnostics;
using System.Globalization;
using E3.Relay.Enclave.Protocol.Transport;
using E3.Relay.Helper.Nsm;

namespace E3.Relay.Helper.Tee;

/// <summary>An engine in a process of its own. It holds the other end of a pipe from this one, so it ends when the helper does.</summary>
internal sealed class ProcessTeeInstance : ITeeInstance
{
    private const string ListeningEvent = "E3 4001 ";

    // An enclave inherits no environment. This is what the host program of a managed executable needs to find its runtime.
    private static readonly string[] Inherited = ["PATH", "HOME", "DOTNET_ROOT", "DOTNET_ROOT_X64", "TMPDIR"];

    private readonly Process _process;
    private readonly NsmServer _module;
    private readonly ILogger _logger;
    private readonly Task _output;
    private readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _disposed;

    private ProcessTeeInstance(Process process, EnclaveAddress address, NsmServer module, ILogger logger)
    {
        _process = process;
        Id = process.Id;
        _module = module;
        _logger = logger;
        Address = address;
        Exited = process.WaitForExitAsync();
        _output = ForwardAsync(process.StandardOutput);
    }

    public EnclaveAddress Address { get; }

    public int Id { get; }

    public Task Listening => _listening.Task;

    public Task Exited { get; }

    public string Ending => Exited.IsCompletedSuccessfully && !_disposed ? string.Create(CultureInfo.InvariantCulture, $"exit code {_process.ExitCode}") : "";

    public TimeSpan? Activity => ProcessActivity.Read(Id);

    public static ProcessTeeInstance Start(string executable, string[] arguments, EnclaveAddress address, NsmServer module, ILogger logger)
    {
        var start = new ProcessStartInfo(executable, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
            WorkingDirectory = Path.GetDirectoryName(executable)!,
        };
        foreach (string name in start.Environment.Keys.Except(Inherited).ToArray())
            start.Environment.Remove(name);
        return new(Process.Start(start)!, address, module, logger);
    }

    public void Terminate()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // Disposed of meanwhile, and so at its end already.
        }
    }

    public async Task EndAsync(TimeSpan limit)
    {
        try
        {
            // The end of its standard input tells it.
            _process.StandardInput.Close();
            await Exited.WaitAsync(limit).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or IOException or InvalidOperationException)
        {
            Terminate();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true))
            return;
        _process.Kill();
        await Exited.ConfigureAwait(false);
        await _output.ConfigureAwait(false);
        await _module.DisposeAsync().ConfigureAwait(false);
        _process.Dispose();

        // One that was killed leaves it behind.
        File.Delete(Address.UnixPath!);
    }

    // The engine says event codes and nothing else; whatever does not look like one is not repeated.
    private async Task ForwardAsync(StreamReader output)
    {
        while (await output.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            if (!line.StartsWith("E3 4", StringComparison.Ordinal) || line.Length > 64)
                continue;
            Log.EngineEvent(_logger, Id, line["E3 ".Length..]);
            if (line.StartsWith(ListeningEvent, StringComparison.Ordinal))
                _listening.TrySetResult();
        }
    }
}
