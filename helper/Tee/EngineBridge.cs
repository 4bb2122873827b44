using System.Net;
using System.Net.Sockets;
using E3.Relay.Enclave.Protocol.Transport;

namespace E3.Relay.Helper.Tee;

/// <summary>
/// Carries bytes between callers and the engine that serves, so that callers know one address whatever the CID is, and may be on machines without enclaves. It sees TLS and nothing else: who the other
/// end is, is proven through it, and to hold up or cut a session is all that it can do.
/// </summary>
internal sealed class EngineBridge : IAsyncDisposable
{
    private const int Backlog = 512;

    // Larger sends over AF_VSOCK stall on some kernels.
    private const int SendBytesMax = 16 * 1024;
    private readonly Socket _socket;
    private readonly int _connectionsMax;
    private readonly TimeSpan _connectTimeout;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _allEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _accepting;
    private volatile Func<CancellationToken, Task<Socket>>? _connect;

    // The one who accepts counts too, so that zero is reached once.
    private int _open = 1;

    private EngineBridge(Socket socket, int connectionsMax, TimeSpan connectTimeout)
    {
        _socket = socket;
        _connectionsMax = connectionsMax;
        _connectTimeout = connectTimeout;
        _accepting = AcceptAsync(_stop.Token);
    }

    /// <summary>Where callers connect to.</summary>
    public EndPoint EndPoint => _socket.LocalEndPoint!;

    /// <summary>Connections that are open.</summary>
    public int Open => Volatile.Read(ref _open) - 1;

    /// <summary>Starts to listen. Until <see cref="LeadTo(EnclaveAddress)"/> is called, who connects is disconnected at once.</summary>
    /// <param name="socket">A new socket.</param>
    /// <param name="endPoint">Where to listen.</param>
    /// <param name="connectionsMax">The most connections at a time; one more is disconnected at once.</param>
    /// <param name="connectTimeout">How long connecting to the engine may take.</param>
    /// <exception cref="HelperRefusedException">The address cannot be listened on.</exception>
    public static EngineBridge Listen(Socket socket, EndPoint endPoint, int connectionsMax, TimeSpan connectTimeout)
    {
        try
        {
            socket.Bind(endPoint);
            socket.Listen(Backlog);
            return new(socket, connectionsMax, connectTimeout);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new HelperRefusedException(ExitCode.TeeUnavailable, $"The bridge to the engine cannot listen on {endPoint}: {e.SocketErrorCode}.");
        }
    }

    /// <summary>Leads those who connect from now on to this engine. Connections that are open stay where they are.</summary>
    public void LeadTo(EnclaveAddress target) => LeadTo(cancellationToken => ConnectAsync(target, cancellationToken));

    /// <summary>The same, for an engine that is reached in a way of its own. <see cref="IOException"/> and <see cref="SocketException"/> say that it is not.</summary>
    public void LeadTo(Func<CancellationToken, Task<Socket>> connect) => _connect = connect;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _accepting.ConfigureAwait(false);
        _socket.Dispose();
        await _allEnded.Task.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task AcceptAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                Socket caller = await _socket.AcceptAsync(cancellationToken).ConfigureAwait(false);
                if (_connect is { } connect && Interlocked.Increment(ref _open) <= _connectionsMax + 1)
                {
                    _ = Task.Run(() => CarryAsync(caller, connect, cancellationToken), CancellationToken.None);
                    continue;
                }

                if (_connect is not null)
                    EndOne();
                caller.Dispose();
            }
            catch (SocketException)
            {
                // The caller went away before it was accepted, or there are no descriptors for now.
                await Task.Delay(10, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        EndOne();
    }

    private async Task CarryAsync(Socket caller, Func<CancellationToken, Task<Socket>> connect, CancellationToken cancellationToken)
    {
        try
        {
            using (caller)
            using (Socket engine = await ConnectInTimeAsync(connect, cancellationToken).ConfigureAwait(false))
            {
                using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

                // A session has two ends: AF_VSOCK has no half-closed connections, and TLS needs none.
                Task first = await Task.WhenAny(CopyAsync(caller, engine, both.Token), CopyAsync(engine, caller, both.Token)).ConfigureAwait(false);
                await both.CancelAsync().ConfigureAwait(false);
                await first.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            // The engine cannot be reached: the caller sees its connection end, which is what it would see without a bridge.
        }
        finally
        {
            EndOne();
        }
    }

    private async Task<Socket> ConnectInTimeAsync(Func<CancellationToken, Task<Socket>> connect, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_connectTimeout);
        return await connect(limit.Token).ConfigureAwait(false);
    }

    private static async Task<Socket> ConnectAsync(EnclaveAddress target, CancellationToken cancellationToken)
    {
        Socket engine = target.CreateSocket();
        try
        {
            await engine.ConnectAsync(target.EndPoint, cancellationToken).ConfigureAwait(false);
            return engine;
        }
        catch
        {
            engine.Dispose();
            throw;
        }
    }

    // One piece at a time: who does not read is not read from either, so nothing queues up here.
    private static async Task CopyAsync(Socket from, Socket to, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[SendBytesMax];
        int read;
        while ((read = await from.ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            for (int sent = 0; sent < read;)
                sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), cancellationToken).ConfigureAwait(false);
        }
    }

    private void EndOne()
    {
        if (Interlocked.Decrement(ref _open) == 0)
            _allEnded.TrySetResult();
    }
}
