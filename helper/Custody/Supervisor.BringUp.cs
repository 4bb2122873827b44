using E3.Relay.Enclave.Client;
using E3.Relay.Helper.Store;
using E3.Relay.Helper.Tee;

namespace E3.Relay.Helper.Custody;

/// <content>From a started engine to one that serves.</content>
internal sealed partial class Supervisor
{
    // When there is an engine in the result, callers are led to it. Else the instance is gone.
    private async Task<BringUpResult> TryBringUpAsync(ITeeInstance instance, EngineCare care, CancellationToken cancellationToken)
    {
        var engine = new LiveEngine(instance);
        BringUpResult result;
        try
        {
            await BringUpAsync(engine, care, cancellationToken).ConfigureAwait(false);
            return new(engine, engine.Id, "", IsLasting: false);
        }
        catch (CustodyException e)
        {
            result = new(null, engine.Id, e.Message, IsLasting: true);
        }
        catch (OperationCanceledException)
        {
            result = new(null, engine.Id, instance.Exited.IsCompleted ? $"the engine ended: {instance.Ending}" : "the engine was not ready in time", IsLasting: false);
        }
        catch (Exception e) when (e is EnclaveUnavailableException or EnclaveException or StoreException or IOException or UnauthorizedAccessException)
        {
            result = new(null, engine.Id, e.Message, IsLasting: false);
        }

        engines.Leave(engine);
        await instance.DisposeAsync().ConfigureAwait(false);
        return result;
    }

    // It is cancelled when the engine ends meanwhile, or takes too long.
    private async Task BringUpAsync(LiveEngine engine, EngineCare care, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(settings.BringUpTimeout);
        Task ended = engine.Instance.Exited;
        if (await Task.WhenAny(engine.Instance.Listening, ended).WaitAsync(limit.Token).ConfigureAwait(false) == ended)
            throw new OperationCanceledException();
        Task bringing = BringAsync();
        if (await Task.WhenAny(bringing, ended).ConfigureAwait(false) != bringing)
            await limit.CancelAsync().ConfigureAwait(false);
        await bringing.ConfigureAwait(false);

        async Task BringAsync()
        {
            StateSnapshot loaded = await care.BringUp(engine.Address, limit.Token).ConfigureAwait(false);
            await engines.JoinAsync(engine, () => CatchUpAsync(loaded), limit.Token).ConfigureAwait(false);
        }

        async Task CatchUpAsync(StateSnapshot loaded)
        {
            await care.CatchUp(engine.Address, loaded, limit.Token).ConfigureAwait(false);
            driver.Publish(engine.Instance);
        }
    }

    // IsLasting: no other engine would do better.
    private readonly record struct BringUpResult(LiveEngine? Engine, int EngineId, string Reason, bool IsLasting);
}
