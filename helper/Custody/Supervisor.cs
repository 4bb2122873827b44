using E3.Relay.Enclave.Client;
using E3.Relay.Helper.Store;
using E3.Relay.Helper.Tee;

namespace E3.Relay.Helper.Custody;

/// <summary>Keeps an engine ready: starts it, has its state brought in, leads callers to it, and starts the next one when it ends.</summary>
internal sealed class Supervisor(ITeeDriver driver, TeeImage image, EngineSet engines, SupervisionSettings settings, TimeProvider time, ILogger logger)
{
    // A first failure may be chance: the next engine starts at once. Then the wait doubles.
    private static readonly TimeSpan DelayMin = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan DelayMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StableAfter = TimeSpan.FromSeconds(10);

    private readonly long _createdAt = time.GetTimestamp();
    private volatile EngineStatus _status = new(EngineCondition.Starting, "an engine boots", 0, 0);

    public EngineStatus Status => _status;

    /// <summary>Starts the first engine. What it needs besides can be made ready meanwhile.</summary>
    public Task<ITeeInstance> StartFirstAsync(CancellationToken cancellationToken) => driver.StartAsync(image, cancellationToken);

    /// <summary>Runs until cancelled, or until there is no use in another engine.</summary>
    /// <param name="first">The engine that was started already.</param>
    /// <param name="care">What is done with engines.</param>
    /// <param name="cancellationToken">Ends the engine and the supervision.</param>
    public async Task RunAsync(ITeeInstance first, EngineCare care, CancellationToken cancellationToken)
    {
        ITeeInstance? instance = first;
        int failures = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            long startedAt = instance is null ? time.GetTimestamp() : _createdAt;
            instance ??= await TryStartAsync(cancellationToken).ConfigureAwait(false);
            if (instance is not null)
            {
                await using (instance.ConfigureAwait(false))
                {
                    if (!await ServeAsync(new(instance), startedAt, care, cancellationToken).ConfigureAwait(false))
                        return;
                }

                instance = null;
            }

            failures = time.GetElapsedTime(startedAt) > StableAfter ? 1 : failures + 1;
            if (cancellationToken.IsCancellationRequested)
                return;
            _status = new(EngineCondition.Restarting, _status.Reason, 0, _status.Restarts + 1);
            TimeSpan delay = Delay(failures);
            Log.EngineRestarts(logger, failures, (int)delay.TotalMilliseconds);
            await Task.Delay(delay, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    internal static TimeSpan Delay(int failures) =>
        failures < 2 ? TimeSpan.Zero : TimeSpan.FromTicks(Math.Min(DelayMax.Ticks, DelayMin.Ticks << Math.Min(failures - 2, 16)));

    private async Task<ITeeInstance?> TryStartAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await driver.StartAsync(image, cancellationToken).ConfigureAwait(false);
        }
        catch (HelperRefusedException e)
        {
            _status = _status with { Reason = e.Message };
            Log.EngineEnded(logger, 0, e.Message);
            return null;
        }
    }

    // False when there is no use in another engine.
    private async Task<bool> ServeAsync(LiveEngine engine, long startedAt, EngineCare care, CancellationToken cancellationToken)
    {
        _status = new(EngineCondition.Starting, "an engine boots", engine.Id, _status.Restarts);
        try
        {
            await BringUpAsync(engine, care, cancellationToken).ConfigureAwait(false);
            _status = new(EngineCondition.Ready, "", engine.Id, _status.Restarts);
            await care.WhenServing(engine, time.GetElapsedTime(startedAt), cancellationToken).ConfigureAwait(false);
            await engine.Instance.Exited.WaitAsync(cancellationToken).ConfigureAwait(false);
            Failed(EndOf(engine));
        }
        catch (CustodyException e)
        {
            _status = new(EngineCondition.Refused, e.Message, 0, _status.Restarts);
            Log.StateRefused(logger, e.Message);
            return false;
        }
        catch (OperationCanceledException)
        {
            Failed(engine.Instance.Exited.IsCompleted ? EndOf(engine) : "the engine was not ready in time");
        }
        catch (Exception e) when (e is EnclaveUnavailableException or EnclaveException or StoreException or IOException)
        {
            Failed(e.Message);
        }
        finally
        {
            engines.Leave(engine);
        }

        return true;

        void Failed(string reason)
        {
            _status = _status with { Reason = reason };
            if (!cancellationToken.IsCancellationRequested)
                Log.EngineEnded(logger, engine.Id, reason);
        }
    }

    // When it returns, callers are led to the engine. It is cancelled when the engine ends meanwhile, or takes too long.
    private async Task BringUpAsync(LiveEngine engine, EngineCare care, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(settings.BringUpTimeout);
        Task ended = engine.Instance.Exited;
        if (await Task.WhenAny(engine.Instance.Listening, ended).WaitAsync(limit.Token).ConfigureAwait(false) == ended)
            throw new OperationCanceledException();
        Task bringing = Bring();
        if (await Task.WhenAny(bringing, ended).ConfigureAwait(false) != bringing)
            await limit.CancelAsync().ConfigureAwait(false);
        await bringing.ConfigureAwait(false);

        async Task Bring()
        {
            StateSnapshot loaded = await care.BringUp(engine.Address, limit.Token).ConfigureAwait(false);
            await engines.JoinAsync(engine, CatchUpAsync, limit.Token).ConfigureAwait(false);

            async Task CatchUpAsync()
            {
                await care.CatchUp(engine.Address, loaded, limit.Token).ConfigureAwait(false);
                driver.Publish(engine.Instance);
            }
        }
    }

    private static string EndOf(LiveEngine engine) =>
        engine.AbandonedFor.Length > 0 ? engine.AbandonedFor : engine.Instance.Ending.Length > 0 ? $"the engine ended: {engine.Instance.Ending}" : "the engine ended";
}
