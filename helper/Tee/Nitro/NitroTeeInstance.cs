using System.Net.Sockets;
using E3.Relay.Enclave.Protocol.Transport;

namespace E3.Relay.Helper.Tee.Nitro;

/// <summary>An engine in a Nitro Enclave.</summary>
internal sealed class NitroTeeInstance : ITeeInstance
{
    // How soon an enclave that ended is noticed, and at most how long its end takes.
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);
    private readonly NitroEnclave _enclave;
    private readonly TaskCompletionSource _toldToEnd = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _heartbeat;
    private volatile string _ending = "";

    private NitroTeeInstance(NitroEnclave enclave, EnclaveAddress address, Func<uint, CancellationToken, Task> heartbeat, TimeSpan heartbeatTimeout)
    {
        _enclave = enclave;
        Address = address;
        new Thread(Watch) { IsBackground = true, Name = "enclave" }.Start();
        _heartbeat = WaitForHeartbeatAsync(heartbeat, heartbeatTimeout);
    }

    public EnclaveAddress Address { get; }

    public int Id => unchecked((int)_enclave.Cid);

    public Task Listening => _listening.Task;

    public Task Exited => _exited.Task;

    public string Ending => _ending;

    // What an enclave does with its processors cannot be seen from outside.
    public TimeSpan? Activity => null;

    /// <summary>Watches over an enclave that was started.</summary>
    /// <param name="enclave">The enclave; it is disposed of with the instance.</param>
    /// <param name="address">Where its engine will listen.</param>
    /// <param name="heartbeat">Waits for the sign of life of a CID.</param>
    /// <param name="heartbeatTimeout">How long.</param>
    public static NitroTeeInstance Watch(NitroEnclave enclave, EnclaveAddress address, Func<uint, CancellationToken, Task> heartbeat, TimeSpan heartbeatTimeout) =>
        new(enclave, address, heartbeat, heartbeatTimeout);

    public void Terminate() => _toldToEnd.TrySetResult();

    // Nothing but its end can be told to an enclave from outside.
    public Task EndAsync(TimeSpan limit)
    {
        Terminate();
        return Exited;
    }

    public async ValueTask DisposeAsync()
    {
        Terminate();
        await Exited.ConfigureAwait(false);
        await _heartbeat.ConfigureAwait(false);
    }

    private async Task WaitForHeartbeatAsync(Func<uint, CancellationToken, Task> heartbeat, TimeSpan timeout)
    {
        using var limit = new CancellationTokenSource(timeout);
        try
        {
            Task waiting = heartbeat(_enclave.Cid, limit.Token);
            if (await Task.WhenAny(waiting, _toldToEnd.Task).ConfigureAwait(false) != waiting)
                await limit.CancelAsync().ConfigureAwait(false);
            await waiting.ConfigureAwait(false);
            _listening.TrySetResult();
        }
        catch (OperationCanceledException)
        {
            if (!_toldToEnd.Task.IsCompleted)
                End("no heartbeat came from it");
        }
        catch (SocketException)
        {
            End("its heartbeat broke off");
        }
        catch (HelperRefusedException e)
        {
            End(e.Message);
        }
    }

    private void End(string reason)
    {
        _ending = reason;
        Terminate();
    }

    // Closing the descriptor ends the enclave; nobody else may use it then, so the one who polls it closes it.
    private void Watch()
    {
        bool ended = false;
        while (!ended && !_toldToEnd.Task.IsCompleted)
            ended = _enclave.HasEnded(PollInterval);
        if (ended && _ending.Length == 0)
            _ending = "the enclave hung up";
        _enclave.Dispose();
        Terminate();
        _exited.TrySetResult();
    }
}
