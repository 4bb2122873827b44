using E3.Relay.Helper.Statistics;
using E3.Relay.Helper.Store;
using E3.Relay.Helper.Tee;

namespace E3.Relay.Helper.Custody;

/// <summary>
/// Keeps an engine ready: starts it, has its state brought in, leads callers to it, watches it, and starts the next one when it ends, hangs, or is to be replaced.
/// </summary>
internal sealed partial class Supervisor(ITeeDriver driver, TeeImage image, EngineSet engines, SupervisionSettings settings, TimeProvider time, ILogger logger)
{
    // A first failure may be chance: the next engine starts at once. Then the wait doubles.
    private static readonly TimeSpan DelayMin = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan DelayMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StableAfter = TimeSpan.FromSeconds(10);

    private readonly long _createdAt = time.GetTimestamp();
    private TeeImage _image = image;
    private volatile EngineStatus _status = new(EngineCondition.Starting, "an engine boots", 0, 0, 0);
    private volatile EngineWatch? _watch;

    public EngineStatus Status => _status is { Condition: EngineCondition.Ready } ready && _watch is { IsSilent: true } ? ready with { Reason = "the engine does not answer" } : _status;

    /// <summary>What the engine that serves said last of itself; null when there is none, or it has said nothing yet.</summary>
    public EngineReading? Reading => _watch?.Latest;

    /// <summary>Starts the first engine. What it needs besides can be made ready meanwhile.</summary>
    public Task<ITeeInstance> StartFirstAsync(CancellationToken cancellationToken) => driver.StartAsync(_image, cancellationToken);

    /// <summary>Runs until cancelled, or until there is no use in another engine.</summary>
    /// <param name="first">The engine that was started already.</param>
    /// <param name="care">What is done with engines.</param>
    /// <param name="cancellationToken">Ends the engines and the supervision.</param>
    public async Task RunAsync(ITeeInstance first, EngineCare care, CancellationToken cancellationToken)
    {
        lock (_asking)
            _isOver = false;
        try
        {
            await KeepAsync(first, care, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            RefuseAsked();
            await Task.WhenAll(_drains).ConfigureAwait(false);
        }
    }

    internal static TimeSpan Delay(int failures) =>
        failures < 2 ? TimeSpan.Zero : TimeSpan.FromTicks(Math.Min(DelayMax.Ticks, DelayMin.Ticks << Math.Min(failures - 2, 16)));

    private async Task KeepAsync(ITeeInstance? instance, EngineCare care, CancellationToken cancellationToken)
    {
        int failures = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            long startedAt = instance is null ? time.GetTimestamp() : _createdAt;
            instance ??= await TryStartAsync(cancellationToken).ConfigureAwait(false);
            if (instance is not null)
            {
                _status = _status with { Condition = EngineCondition.Starting, Reason = "an engine boots", EngineId = instance.Id };
                BringUpResult result = await TryBringUpAsync(instance, care, cancellationToken).ConfigureAwait(false);
                instance = null;
                if (result.IsLasting)
                {
                    _status = _status with { Condition = EngineCondition.Refused, Reason = result.Reason, EngineId = 0 };
                    Log.StateRefused(logger, result.Reason);
                    return;
                }

                if (result.Engine is { } engine)
                    startedAt = await ServeAsync(engine, startedAt, care, cancellationToken).ConfigureAwait(false);
                else if (!cancellationToken.IsCancellationRequested)
                    Failed(result.EngineId, result.Reason);
            }

            failures = time.GetElapsedTime(startedAt) > StableAfter ? 1 : failures + 1;
            if (cancellationToken.IsCancellationRequested)
                return;
            _status = _status with { Condition = EngineCondition.Restarting, EngineId = 0, Restarts = _status.Restarts + 1 };
            TimeSpan delay = Delay(failures);
            Log.EngineRestarts(logger, failures, (int)delay.TotalMilliseconds);
            await Task.Delay(delay, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<ITeeInstance?> TryStartAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await driver.StartAsync(_image, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HelperRefusedException or IOException or UnauthorizedAccessException)
        {
            Failed(0, e.Message);
            return null;
        }
    }

    // Until no engine serves any more. Returns when the last one that served was started.
    private async Task<long> ServeAsync(LiveEngine first, long startedAt, EngineCare care, CancellationToken cancellationToken)
    {
        Watched? serving = null;
        try
        {
            serving = await TakeOverAsync(first, startedAt, care, cancellationToken).ConfigureAwait(false);
            while (true)
            {
                Task asked = WaitForReplacementAsync();
                if (await Task.WhenAny(serving.Trouble, asked).WaitAsync(cancellationToken).ConfigureAwait(false) == serving.Trouble)
                {
                    Failed(serving.Engine.Id, await serving.Trouble.ConfigureAwait(false));
                    return startedAt;
                }

                long began = time.GetTimestamp();
                if (await ExchangeAsync(serving, care, cancellationToken).ConfigureAwait(false) is { } next && next != serving)
                    (serving, startedAt) = (next, began);
                else if (!driver.RunsSideBySide)
                    return startedAt;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return startedAt;
        }
        finally
        {
            _watch = null;
            await EndAsync(serving?.Engine ?? first, serving).ConfigureAwait(false);
        }
    }

    // From here on the engine is the one that serves, and is watched.
    private async Task<Watched> TakeOverAsync(LiveEngine engine, long startedAt, EngineCare care, CancellationToken cancellationToken)
    {
        var watch = new EngineWatch(engine, care.Probe(engine), settings, reason => Wish(engine, reason), time, logger);
        var watched = new Watched(engine, watch, watch.RunAsync(cancellationToken));
        _watch = watch;
        _takenOverAt = time.GetTimestamp();
        _status = _status with { Condition = EngineCondition.Ready, Reason = "", EngineId = engine.Id };
        try
        {
            await care.WhenServing(engine, time.GetElapsedTime(startedAt), cancellationToken).ConfigureAwait(false);
        }
        catch (StoreException)
        {
            // It serves with what it has; whatever asks the store next says what is wrong with it.
        }

        return watched;
    }

    private async Task EndAsync(LiveEngine engine, Watched? watched)
    {
        engines.Leave(engine);
        await engine.Instance.DisposeAsync().ConfigureAwait(false);
        if (watched is not null)
            await ((Task)watched.Trouble).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Failed(int engine, string reason)
    {
        _status = _status with { Reason = reason };
        Log.EngineEnded(logger, engine, reason);
    }

    private sealed record Watched(LiveEngine Engine, EngineWatch Watch, Task<string> Trouble);
}
