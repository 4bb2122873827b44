using System.ComponentModel;
using E3.Relay.Proxy.Configuration;
using E3.Relay.Proxy.Observability;

namespace E3.Relay.Proxy.Programs;

/// <summary>
/// Starts the programs of a development run, starts them again when they die unless they say the same each time, and ends them with the proxy. They are started before the server is built,
/// because the time that they need is the time until the proxy is ready.
/// </summary>
internal sealed class ProgramSupervisor : IAsyncDisposable
{
    private const int DelayMsMin = 250;
    private const int DelayMsMax = 10_000;
    private const int SameEndsMax = 3;
    private const int SignalledMin = 128;
    private static readonly TimeSpan LongRun = TimeSpan.FromSeconds(30);

    private readonly List<StartedProgram> _programs = [];
    private readonly CancellationTokenSource _ending = new();
    private Task _supervision = Task.CompletedTask;
    private ILogger? _logger;

    /// <summary>How long a program may take to end by itself.</summary>
    public TimeSpan EndTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Starts the programs.</summary>
    /// <returns>The sentence about a program that cannot be started, or null.</returns>
    public string? Start(IReadOnlyList<ProgramOptions> programs, IReadOnlyDictionary<string, string> paths, IHostEnvironment environment)
    {
        foreach (ProgramOptions options in programs)
        {
            if (!paths.TryGetValue(options.Name, out string? path))
                return $"Relay:Start:Programs names '{options.Name}', which programs.txt beside the proxy does not list.";
            var program = new StartedProgram(options.Name, path, options.Arguments, environment.ContentRootPath, environment.EnvironmentName);
            try
            {
                program.Start();
            }
            catch (Win32Exception exception)
            {
                program.Dispose();
                return $"'{options.Name}' cannot be started from {path}: error {exception.NativeErrorCode}.";
            }

            _programs.Add(program);
        }

        return null;
    }

    /// <summary>Watches over what was started.</summary>
    public void Supervise(ILogger logger, RelayMetrics metrics, TimeProvider time)
    {
        _logger = logger;
        _supervision = Task.WhenAll(_programs.ConvertAll(program => SuperviseAsync(program, logger, metrics, time)));
    }

    /// <summary>Ends the programs and waits for their end.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _supervision;
        _programs.ForEach(program => program.CloseInput());
        foreach (StartedProgram program in _programs)
            await EndAsync(program);
        _ending.Dispose();
    }

    private async Task SuperviseAsync(StartedProgram program, ILogger logger, RelayMetrics metrics, TimeProvider time)
    {
        int delayMs = DelayMsMin, lastCode = 0, sameEnds = 0;
        logger.ProgramStarted(program.Name, program.ProcessId);
        try
        {
            while (true)
            {
                long started = time.GetTimestamp();
                int exitCode = await program.WaitAsync(_ending.Token);
                bool isLong = time.GetElapsedTime(started) > LongRun;
                sameEnds = !isLong && exitCode == lastCode ? sameEnds + 1 : 1;
                lastCode = exitCode;

                // What says the same each time it starts has a reason that no start will mend: a damaged store, a wrong path. Signals and crashes are no answer.
                if (!isLong && exitCode is not 0 and < SignalledMin && sameEnds == SameEndsMax)
                {
                    logger.ProgramGivenUp(program.Name, sameEnds, exitCode);
                    return;
                }

                delayMs = isLong ? DelayMsMin : delayMs;
                logger.ProgramEnded(program.Name, exitCode, delayMs);
                await Task.Delay(TimeSpan.FromMilliseconds(delayMs), time, _ending.Token);
                delayMs = Math.Min(delayMs * 2, DelayMsMax);
                metrics.Restart(program.Name);
                StartAgain(program, logger);
            }
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            return;
        }
    }

    // A program that cannot be started now counts as one that ended: it is tried again after the delay.
    private static void StartAgain(StartedProgram program, ILogger logger)
    {
        try
        {
            program.Start();
            logger.ProgramStarted(program.Name, program.ProcessId);
        }
        catch (Win32Exception exception)
        {
            logger.ProgramNotStarted(program.Name, exception.GetType().Name);
        }
    }

    private async Task EndAsync(StartedProgram program)
    {
        using (program)
        using (var timeout = new CancellationTokenSource(EndTimeout))
        {
            try
            {
                await program.WaitAsync(timeout.Token);
            }
            catch (OperationCanceledException)
            {
                _logger?.ProgramKilled(program.Name);
                program.Kill();
            }
        }
    }
}
