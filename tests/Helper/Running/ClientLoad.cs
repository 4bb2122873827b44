using System.Collections.Concurrent;
using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;

namespace E3.Relay.Helper.Tests.Running;

/// <summary>Callers that encrypt without a pause, and what becomes of their requests.</summary>
internal sealed class ClientLoad : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<string> _failures = [];
    private readonly Task _running;
    private int _done;

    public ClientLoad(EnclaveClient client, int callers, string app) => _running = Task.WhenAll(Enumerable.Range(0, callers).Select(_ => RunAsync(client, app)));

    public int Done => Volatile.Read(ref _done);

    public IReadOnlyCollection<string> Failures => _failures;

    public async Task EndAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _stop.Dispose();
    }

    private async Task RunAsync(EnclaveClient client, string app)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                TransformResult[] results = await client.TransformAsync([RunningHelper.Group(TransformOperation.Encrypt, app, "4111111111111111"u8.ToArray())], CancellationToken.None);
                if (results[0].Code != ErrorCode.None)
                    _failures.Add(results[0].Code.ToString());
                Interlocked.Increment(ref _done);
            }
            catch (Exception e) when (e is EnclaveException or EnclaveUnavailableException)
            {
                _failures.Add(e.Message);
                await Task.Delay(1);
            }
        }
    }
}
