namespace E3.Relay.Helper.Custody;

/// <summary>
/// The engines that hold the fleet's keys at this moment: the one that serves, and while it is replaced the one that still has sessions. Whoever changes the state does so in <see cref="ChangeAsync"/>,
/// and in every one of them: each gives out tokens, and must open those of the others.
/// </summary>
internal sealed class EngineSet : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Lock _lock = new();
    private volatile LiveEngine[] _live = [];
    private volatile LiveEngine? _serving;

    /// <summary>All of them. One that ended a moment ago may be among them.</summary>
    public IReadOnlyList<LiveEngine> Live => _live;

    /// <summary>The one that callers are led to; null while there is none.</summary>
    public LiveEngine? Serving => _serving;

    /// <summary>
    /// Runs a change of the state. No other change runs meanwhile, and no engine joins: one that is being loaded waits, and then takes over what the change has stored. Engines may end at any time.
    /// </summary>
    /// <param name="change">Gets the engines that must take the change, or be abandoned, before it counts. There may be none.</param>
    /// <param name="cancellationToken">Ends the waiting for the turn.</param>
    public async Task<T> ChangeAsync<T>(Func<IReadOnlyList<LiveEngine>, Task<T>> change, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await change(_live).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Takes in an engine that is ready, after it has caught up with what was stored since it was loaded, and makes it the one that serves.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="catchUp">Gives it what it lacks, and lets callers be led to it.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task JoinAsync(LiveEngine engine, Func<Task> catchUp, CancellationToken cancellationToken) => ChangeAsync(
        async _ =>
        {
            await catchUp().ConfigureAwait(false);
            lock (_lock)
            {
                _live = [.. _live, engine];
                _serving = engine;
            }

            return true;
        },
        cancellationToken);

    /// <summary>Leaves an engine out that has ended, or is about to.</summary>
    public void Leave(LiveEngine engine)
    {
        lock (_lock)
        {
            _live = [.. _live.Where(other => other != engine)];
            if (_serving == engine)
                _serving = null;
        }
    }

    public void Dispose() => _turn.Dispose();
}
