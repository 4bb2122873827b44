using E3.Relay.Enclave.Protocol;

namespace E3.Relay.Enclave.Client;

/// <content>Sessions: opened, lost, opened again, and moved to the engine that the address leads to.</content>
public sealed partial class EnclaveClient
{
    private readonly Task _watching;
    private readonly SemaphoreSlim _movingTurn = new(1);
    private CancellationTokenSource _move = new();
    private string? _target;
    private long _lostAt;

    // True for a while after the last session was lost. It says nothing before the first one was there.
    private bool IsBridging => Volatile.Read(ref _lostAt) is not 0 and var lostAt && _time.GetElapsedTime(lostAt) < _options.BridgeTimeout;

    private async Task RunLaneAsync(bool first)
    {
        TimeSpan delay = _options.RetryDelay;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                if (!first)
                    await ConnectAsync(_stop.Token).ConfigureAwait(false);
                string? target = PublishedAddress.Target(_options.Address);
                EnclaveConnection connection = await OpenAsync().ConfigureAwait(false);
                delay = _options.RetryDelay;
                await HoldAsync(connection, target).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever it was, this lane has no session now, and the reason is kept for those who ask. Only messages of our own types are known to carry no data.
                NotReadyReason = e is EnclaveUnavailableException or EnclaveException or AttestationRefusedException ? e.Message : e.GetType().Name;
                if (!IsReady && !IsBridging)
                    RefuseWaiting();
            }

            await Task.Delay(delay, _time, CancellationToken.None).ConfigureAwait(false);
            delay = delay * 2 < _options.RetryDelayMax ? delay * 2 : _options.RetryDelayMax;
        }
    }

    private async Task<EnclaveConnection> OpenAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        limit.CancelAfter(_options.OpenTimeout);
        EnclaveConnection connection = await EnclaveConnection.OpenAsync(_options.Address, _caller, _trust(), _options.Root, _time, limit.Token).ConfigureAwait(false);
        if (connection.Phase == EnginePhase.Ready)
            return connection;
        await connection.DisposeAsync().ConfigureAwait(false);
        throw new EnclaveUnavailableException($"its phase is {connection.Phase}");
    }

    // From the first session of a lane to the loss of one. A session that moves is there until the next one is.
    private async Task HoldAsync(EnclaveConnection connection, string? target)
    {
        var frame = new List<TransformRequest>();
        Opened(connection);
        try
        {
            while (true)
            {
                CancellationToken move = Volatile.Read(ref _move).Token;
                if (PublishedAddress.Target(_options.Address) is { } now && now != target)
                    (connection, target) = (await MoveAsync(connection).ConfigureAwait(false), now);
                await ServeAsync(connection, frame, move).ConfigureAwait(false);
            }
        }
        finally
        {
            Lost();
            await connection.DisposeAsync().ConfigureAwait(false);

            // What a broken session leaves behind goes to another one: no operation does harm when it is repeated.
            foreach (TransformRequest request in frame)
            {
                request.EndWriting();
                bool isYoung = _time.GetElapsedTime(request.StartedAt) < _options.BridgeTimeout;
                if (!(IsReady || IsBridging) || !request.MayRetry(isYoung) || !_queue.Writer.TryWrite(request))
                    request.TrySetException(new EnclaveUnavailableException("the session broke"));
            }
        }
    }

    // One session after the other, so that the others go on meanwhile.
    private async Task<EnclaveConnection> MoveAsync(EnclaveConnection connection)
    {
        await _movingTurn.WaitAsync(_stop.Token).ConfigureAwait(false);
        try
        {
            EnclaveConnection next = await OpenAsync().ConfigureAwait(false);
            await connection.DisposeAsync().ConfigureAwait(false);
            Took(next);
            return next;
        }
        finally
        {
            _movingTurn.Release();
        }
    }

    // Returns when the session may have to move; throws when it broke, with the requests that were under way in the frame.
    private async Task ServeAsync(EnclaveConnection connection, List<TransformRequest> frame, CancellationToken move)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(move, _stop.Token);
        while (!move.IsCancellationRequested)
        {
            try
            {
                await _queue.Reader.WaitToReadAsync(either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
            {
                return;
            }

            // Nobody's request need break on a session of which it can be seen that it has ended.
            if (connection.HasEnded)
                throw new EnclaveUnavailableException("the session has ended");
            Gather(frame);
            if (frame.Count > 0)
                await SendAsync(connection, frame).ConfigureAwait(false);
            frame.Clear();
            _stop.Token.ThrowIfCancellationRequested();
        }
    }

    private void Opened(EnclaveConnection connection)
    {
        lock (_lanes)
        {
            _open++;
            Took(connection);
        }
    }

    private void Took(EnclaveConnection connection)
    {
        lock (_lanes)
        {
            Simulated = connection.Simulated;
            NotReadyReason = null;
            if (!_connected.TrySetResult(connection.Attestation))
            {
                _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
                _connected.SetResult(connection.Attestation);
            }
        }
    }

    private void Lost()
    {
        lock (_lanes)
        {
            if (--_open > 0)
                return;
            _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
            long lostAt = Math.Max(1, _time.GetTimestamp());
            Volatile.Write(ref _lostAt, lostAt);
            _ = EndBridgeAsync(lostAt);
        }
    }

    // An attempt to open a session may take longer than anybody should wait.
    private async Task EndBridgeAsync(long lostAt)
    {
        await Task.Delay(_options.BridgeTimeout, _time, CancellationToken.None).ConfigureAwait(false);
        if (!IsReady && Volatile.Read(ref _lostAt) == lostAt)
            RefuseWaiting();
    }

    private async ValueTask DisposeSessionsAsync()
    {
        await _watching.ConfigureAwait(false);
        _movingTurn.Dispose();
        _move.Dispose();
    }

    private async Task WatchAddressAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            await Task.Delay(_options.MoveInterval, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (PublishedAddress.Target(_options.Address) is not { } target || target == _target)
                continue;
            _target = target;

            // Not disposed of: lanes may still link to it. It holds nothing.
            CancellationTokenSource before = Interlocked.Exchange(ref _move, new());
            await before.CancelAsync().ConfigureAwait(false);
        }
    }
}
