using E3.Relay.Enclave.Client;
using E3.Relay.Helper.Statistics;

namespace E3.Relay.Helper.Custody;

/// <summary>Asks for statistics over a session that it keeps open.</summary>
/// <param name="open">Opens a session with the engine.</param>
internal sealed class EngineProbe(Func<CancellationToken, Task<EnclaveConnection>> open) : IEngineProbe
{
    private readonly Lock _lock = new();
    private EnclaveConnection? _connection;
    private CancellationTokenSource _dropped = new();

    public async Task<EngineReading> AskAsync(CancellationToken cancellationToken)
    {
        CancellationToken dropped;
        lock (_lock)
            dropped = _dropped.Token;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, dropped);
        try
        {
            _connection ??= await open(limit.Token).ConfigureAwait(false);
            return await _connection.GetStatisticsAsync(limit.Token).ConfigureAwait(false);
        }
        catch
        {
            await CloseAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async Task DropAsync()
    {
        CancellationTokenSource before;
        lock (_lock)
            (before, _dropped) = (_dropped, new());
        await before.CancelAsync().ConfigureAwait(false);
        before.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        _dropped.Dispose();
    }

    private async Task CloseAsync()
    {
        if (Interlocked.Exchange(ref _connection, null) is { } connection)
            await connection.DisposeAsync().ConfigureAwait(false);
    }
}
