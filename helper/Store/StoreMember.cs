namespace E3.Relay.Helper.Store;

/// <summary>One of several stores: opens it, and opens it again, and knows how it is. Used by one caller at a time, but for <see cref="Report"/>.</summary>
internal sealed class StoreMember(StoreSource source, ReadOnlyMemory<byte> fleetId, bool alone, TimeSpan callTimeout, ILogger logger) : IAsyncDisposable
{
    private readonly CancellationTokenSource _closing = new();
    private Task? _reaching;
    private volatile StoreReport _report = new(source.Text, StoreCondition.Degraded, "not opened yet", null, null);

    /// <summary>The store; null until it could be opened.</summary>
    public ISealedStore? Store { get; private set; }

    /// <summary>What was last read and verified.</summary>
    public StoreState? Last { get; private set; }

    /// <summary>Why nothing could be read at last; null when it could.</summary>
    public StoreException? Failure { get; private set; }

    public StoreReport Report => _report;

    public bool IsShared => source.IsShared;

    public string Name => Store?.Name ?? source.Text;

    /// <summary>Opens the store if it is not open, and reads it.</summary>
    /// <param name="whole">Everything is read and verified anew.</param>
    /// <param name="patient">A store that could not be reached at last is waited for.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Null when that failed: <see cref="Failure"/> says why.</returns>
    public async Task<StoreState?> ReadAsync(bool whole, bool patient, CancellationToken cancellationToken)
    {
        if (Failure is { IsTransient: true } && !patient)
        {
            // The others go on meanwhile; whether it answers again is seen the next time.
            _reaching ??= ReadNowAsync(whole: true, _closing.Token);
            if (!_reaching.IsCompleted)
                return null;
            _reaching = null;
            return Failure is null ? Last : null;
        }

        if (_reaching is not null)
            await _reaching.WaitAsync(cancellationToken).ConfigureAwait(false);
        _reaching = null;
        return await ReadNowAsync(whole, cancellationToken).ConfigureAwait(false) ? Last : null;
    }

    /// <summary>Does something with the open store, within bounded time.</summary>
    /// <exception cref="StoreException">It failed; with the store's name.</exception>
    public async Task<T> UseAsync<T>(Func<ISealedStore, CancellationToken, Task<T>> action, CancellationToken cancellationToken)
    {
        try
        {
            return await WithinTimeAsync(token => action(Store!, token), cancellationToken).ConfigureAwait(false);
        }
        catch (StoreException e)
        {
            if (e.Error != StoreError.Conflict)
                Fail(e);
            throw new StoreException(e.Error, $"{Name}: {e.Reason}", e);
        }
    }

    /// <summary>Keeps what the store was read to hold after a change.</summary>
    public void Keep(StoreState state) => Last = state;

    /// <summary>Says how the store is, seen together with the others.</summary>
    public void Judge(StoreCondition condition, string reason = "")
    {
        if (reason.Length == 0 && condition == StoreCondition.Good && Store is PostgresStore { Warning: { } warning })
            reason = warning;
        StoreReport before = _report;
        _report = new(Name, condition, reason, Last?.Generation, Last?.Snapshot.Chain.Length);
        if (condition == before.Condition && reason == before.Reason)
            return;
        if (condition == StoreCondition.Good && reason.Length == 0)
            Log.StoreGood(logger, Name, Last?.Snapshot.Chain.Length ?? 0);
        else
            Log.StoreNotGood(logger, Name, condition.ToString(), reason);
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        if (_reaching is not null)
            await _reaching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _closing.Dispose();
        if (Store is not null)
            await Store.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<bool> ReadNowAsync(bool whole, CancellationToken cancellationToken)
    {
        try
        {
            Store ??= await WithinTimeAsync(token => source.OpenAsync(fleetId, alone, token), cancellationToken).ConfigureAwait(false);
            Last = await WithinTimeAsync(token => ReadStoreAsync(whole, token), cancellationToken).ConfigureAwait(false);
            Failure = null;
            return true;
        }
        catch (StoreException e)
        {
            Fail(e);
            return false;
        }
    }

    private async Task<StoreState> ReadStoreAsync(bool whole, CancellationToken cancellationToken)
    {
        try
        {
            return await Store!.ReadAsync(whole ? null : Last, cancellationToken).ConfigureAwait(false);
        }
        catch (StoreException e) when (!whole && Last is not null && e.Error is StoreError.ChainMismatch or StoreError.GenerationChanged)
        {
            // Less than it had, or something else. What that is worth is seen from the others.
            StoreState state = await Store!.ReadAsync(null, cancellationToken).ConfigureAwait(false);
            Log.StoreWentBack(logger, Name, Last?.Snapshot.Chain.Length ?? 0, state.Snapshot.Chain.Length);
            return state;
        }
    }

    // A store that hangs must not keep the others from serving.
    private async Task<T> WithinTimeAsync<T>(Func<CancellationToken, Task<T>> action, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(callTimeout);
        try
        {
            return await action(timeout.Token).WaitAsync(timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new StoreException(StoreError.Unavailable, "no answer in time", e);
        }
    }

    private void Fail(StoreException e)
    {
        Failure = e;
        Judge(e.IsTransient || e.Error == StoreError.AccessDenied ? StoreCondition.Degraded : StoreCondition.Refused, e.Reason);
    }
}
