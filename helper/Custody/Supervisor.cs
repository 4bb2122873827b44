using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Protocol.Transport;
using E3.Relay.Helper.Store;
using E3.Relay.Helper.Tee;

namespace E3.Relay.Helper.Custody;

/// <summary>Keeps one engine ready: starts it, brings its state in, and starts the next one when it ends.</summary>
internal sealed class Supervisor(ITeeDriver driver, TeeImage image, TimeProvider time, ILogger logger)
{
    // A first failure may be chance: the next engine starts at once. Then the wait doubles.
    private static readonly TimeSpan DelayMin = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan DelayMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BringUpTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan StableAfter = TimeSpan.FromSeconds(10);

    private readonly long _createdAt = time.GetTimestamp();
    private volatile ITeeInstance? _ready;
    private volatile EngineStatus _status = new(EngineCondition.Starting, "an engine boots", 0, 0);

    public EngineStatus Status => _status;

    /// <summary>Where the ready engine listens; null while there is none.</summary>
    public EnclaveAddress? ReadyAddress => _ready?.Address;

    /// <summary>Starts the first engine. What it needs besides can be made ready meanwhile.</summary>
    public Task<ITeeInstance> StartFirstAsync(CancellationToken cancellationToken) => driver.StartAsync(image, cancellationToken);

    /// <summary>Runs until cancelled.</summary>
    /// <param name="first">The engine that was started already.</param>
    /// <param name="bringUp">Gives an engine its state. <see cref="CustodyException"/> ends the trying.</param>
    /// <param name="whenReady">Called each time an engine is ready, with the time that it took.</param>
    /// <param name="cancellationToken">Ends the engine and the supervision.</param>
    public async Task RunAsync(
        ITeeInstance first, Func<EnclaveAddress, CancellationToken, Task> bringUp, Func<ITeeInstance, TimeSpan, CancellationToken, Task> whenReady, CancellationToken cancellationToken)
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
                    if (!await ServeAsync(instance, startedAt, bringUp, whenReady, cancellationToken).ConfigureAwait(false))
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

    /// <summary>Ends the ready engine, so that the next one loads everything anew.</summary>
    public void Abandon() => _ready?.Terminate();

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
    private async Task<bool> ServeAsync(
        ITeeInstance instance, long startedAt, Func<EnclaveAddress, CancellationToken, Task> bringUp, Func<ITeeInstance, TimeSpan, CancellationToken, Task> whenReady, CancellationToken cancellationToken)
    {
        _status = new(EngineCondition.Starting, "an engine boots", instance.Id, _status.Restarts);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(BringUpTimeout);
        try
        {
            if (await Task.WhenAny(instance.Listening, instance.Exited).WaitAsync(limit.Token).ConfigureAwait(false) == instance.Listening)
            {
                Task bringing = bringUp(instance.Address, limit.Token);
                if (await Task.WhenAny(bringing, instance.Exited).ConfigureAwait(false) != bringing)
                    await limit.CancelAsync().ConfigureAwait(false);
                await bringing.ConfigureAwait(false);
                _ready = instance;
                _status = new(EngineCondition.Ready, "", instance.Id, _status.Restarts);
                await whenReady(instance, time.GetElapsedTime(startedAt), cancellationToken).ConfigureAwait(false);
                await instance.Exited.WaitAsync(cancellationToken).ConfigureAwait(false);
            }

            Failed("the engine ended");
        }
        catch (CustodyException e)
        {
            _status = new(EngineCondition.Refused, e.Message, 0, _status.Restarts);
            Log.StateRefused(logger, e.Message);
            return false;
        }
        catch (OperationCanceledException)
        {
            Failed(instance.Exited.IsCompleted ? "the engine ended" : "the engine was not ready in time");
        }
        catch (Exception e) when (e is EnclaveUnavailableException or EnclaveException or StoreException or IOException)
        {
            Failed(e.Message);
        }
        finally
        {
            _ready = null;
        }

        return true;

        void Failed(string reason)
        {
            _status = _status with { Reason = reason };
            if (!cancellationToken.IsCancellationRequested)
                Log.EngineEnded(logger, instance.Id, reason);
        }
    }
}
