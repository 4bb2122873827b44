using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace E3.Relay.Testing;

/// <summary>A program under test in a process of its own: its input is held open, its output is kept line by line, and it does not outlive the test.</summary>
public sealed partial class ChildProgram : IAsyncDisposable
{
    private readonly Process _process;
    private readonly List<string> _output = [];
    private readonly List<string> _errors = [];
    private readonly Lock _lock = new();
    private readonly Task _pumps;
    private TaskCompletionSource _lineArrived = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ChildProgram(string name, Process process)
    {
        Name = name;
        _process = process;
        _pumps = Task.WhenAll(PumpAsync(process.StandardOutput, _output), PumpAsync(process.StandardError, _errors));
    }

    /// <summary>The file name of the executable.</summary>
    public string Name { get; }

    /// <summary>The process id.</summary>
    public int Id => _process.Id;

    /// <summary>Its memory that is resident now, in KiB.</summary>
    public double ResidentKib()
    {
        string line = File.ReadLines($"/proc/{Id}/status").Single(static line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(':')[1].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
    }

    /// <summary>True when it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Writes to its standard input.</summary>
    public StreamWriter StandardInput => _process.StandardInput;

    /// <summary>The lines of standard output until now.</summary>
    public IReadOnlyList<string> Output => Snapshot(_output);

    /// <summary>The lines of standard error until now.</summary>
    public IReadOnlyList<string> Errors => Snapshot(_errors);

    /// <summary>Everything it wrote, for the message of a failing test.</summary>
    public string Transcript => $"--- {Name} stdout\n{string.Join('\n', Output)}\n--- {Name} stderr\n{string.Join('\n', Errors)}";

    /// <summary>Starts a program.</summary>
    /// <param name="path">The executable.</param>
    /// <param name="arguments">Its arguments, unquoted.</param>
    /// <param name="environment">Variables to set, or to remove where the value is null. ASP.NET Core's and .NET's environment names are removed first.</param>
    /// <param name="workingDirectory">Where it starts; the executable's own folder when not given.</param>
    public static ChildProgram Start(
        string path,
        IEnumerable<string>? arguments = null,
        IReadOnlyDictionary<string, string?>? environment = null,
        string? workingDirectory = null)
    {
        var start = new ProcessStartInfo(path, arguments ?? [])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = workingDirectory ?? Path.GetDirectoryName(path) ?? "",
        };

        // What the developer's shell or the CI runner happens to set must not decide a test.
        foreach (var inherited in start.Environment.Keys.Where(IsHostSetting).ToArray())
            start.Environment.Remove(inherited);

        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
            start.Environment[name] = value;

        var process = Process.Start(start) ?? throw new InvalidOperationException($"{path} did not start.");
        return new ChildProgram(Path.GetFileName(path), process);
    }

    /// <summary>Waits for a line on standard output or standard error that satisfies the condition, and returns it. Lines already there count.</summary>
    /// <exception cref="TimeoutException">No such line in time, or the program ended without one.</exception>
    public async Task<string> WaitForLineAsync(Predicate<string> condition, TimeSpan? bound = null)
    {
        using var timeout = new CancellationTokenSource(bound ?? TimeBound.Default);
        while (true)
        {
            Task arrived;
            lock (_lock)
            {
                if ((_output.Find(condition) ?? _errors.Find(condition)) is { } line)
                    return line;

                if (_pumps.IsCompleted || timeout.IsCancellationRequested)
                    break;

                arrived = _lineArrived.Task;
            }

            await Task.WhenAny(arrived, _pumps, Task.Delay(Timeout.Infinite, timeout.Token));
        }

        throw new TimeoutException($"{Name} did not write the awaited line.\n{Transcript}");
    }

    /// <summary>Waits for a line that contains a text.</summary>
    /// <exception cref="TimeoutException">No such line in time, or the program ended without one.</exception>
    public Task<string> WaitForLineAsync(string part, TimeSpan? bound = null) =>
        WaitForLineAsync(line => line.Contains(part, StringComparison.Ordinal), bound);

    /// <summary>Waits until the program has ended by itself and all its output is read, and returns its exit code (128 + signal when a signal ended it).</summary>
    /// <exception cref="TimeoutException">It did not end in time.</exception>
    public async Task<int> WaitForExitAsync(TimeSpan? bound = null)
    {
        using var timeout = new CancellationTokenSource(bound ?? TimeBound.Default);
        try
        {
            await _process.WaitForExitAsync(timeout.Token);
            await _pumps.WaitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{Name} did not end in time.\n{Transcript}");
        }

        return _process.ExitCode;
    }

    /// <summary>Closes its standard input, which tells a child that its parent is gone.</summary>
    public void CloseInput() => _process.StandardInput.Close();

    /// <summary>Sends a signal by its number, for example 2 (SIGINT) or 15 (SIGTERM).</summary>
    public void Signal(int number)
    {
        if (!_process.HasExited && Kill(_process.Id, number) != 0)
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"Signal {number} to {Name} failed: errno {Marshal.GetLastPInvokeError()}."));
    }

    /// <summary>Sends a signal to a process that a program under test started.</summary>
    public static void Signal(int process, int number)
    {
        if (Kill(process, number) != 0)
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"Signal {number} to process {process} failed: errno {Marshal.GetLastPInvokeError()}."));
    }

    /// <summary>Ends the program alone with SIGKILL; its children find out by themselves.</summary>
    public void Kill() => _process.Kill();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static bool IsHostSetting(string name) =>
        name.StartsWith("ASPNETCORE_", StringComparison.Ordinal) || name is "DOTNET_ENVIRONMENT" or "DOTNET_URLS" or "URLS";

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);

    private string[] Snapshot(List<string> lines)
    {
        lock (_lock)
            return [.. lines];
    }

    private async Task PumpAsync(StreamReader reader, List<string> lines)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            TaskCompletionSource arrived;
            lock (_lock)
            {
                lines.Add(line);
                arrived = _lineArrived;
                _lineArrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            arrived.SetResult();
        }
    }
}
