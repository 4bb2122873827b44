using System.Net;
using System.Net.Sockets;

namespace E3.Relay.Helper.Tee.Nitro;

/// <summary>
/// The listener that nitro-cli's protocol asks for: CID 3 (the parent), port 9000, bound before the enclave is started. The enclave sends 0xB7 and waits until it gets it back.
/// </summary>
internal sealed class HeartbeatListener : IHeartbeatListener
{
    public const uint ParentCid = 3;
    public const uint Port = 9000;
    private const byte Heartbeat = 0xB7;
    private const int Backlog = 8;

    // Whoever connects and is silent must not keep the enclave from being heard.
    private static readonly TimeSpan ByteTimeout = TimeSpan.FromSeconds(5);
    private readonly Socket _socket;
    private readonly Func<Socket, uint> _cidOf;

    /// <param name="socket">A new socket of the family.</param>
    /// <param name="endPoint">Where to listen.</param>
    /// <param name="cidOf">Tells the CID of who has connected.</param>
    /// <exception cref="HelperRefusedException">Somebody else listens there.</exception>
    public HeartbeatListener(Socket socket, EndPoint endPoint, Func<Socket, uint> cidOf)
    {
        _socket = socket;
        _cidOf = cidOf;
        try
        {
            _socket.Bind(endPoint);
            _socket.Listen(Backlog);
        }
        catch (SocketException e)
        {
            _socket.Dispose();
            throw new HelperRefusedException(ExitCode.TeeUnavailable, $"The enclave's heartbeat cannot be listened for at {endPoint}: {e.SocketErrorCode}. Another program that starts enclaves may be at work.");
        }
    }

    public async Task WaitAsync(uint cid, CancellationToken cancellationToken)
    {
        while (true)
        {
            using Socket peer = await _socket.AcceptAsync(cancellationToken).ConfigureAwait(false);

            // The port is shared by all enclaves of the machine.
            if (_cidOf(peer) != cid)
                continue;
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(ByteTimeout);
            byte[] buffer = new byte[1];
            int read = await ReceiveAsync(peer, buffer, limit.Token).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (read != 1 || buffer[0] != Heartbeat)
                throw new HelperRefusedException(ExitCode.TeeUnavailable, "The enclave's first sign of life is not the one expected: the image does not hold this engine.");
            await peer.SendAsync(buffer, cancellationToken).ConfigureAwait(false);
            return;
        }
    }

    public void Dispose() => _socket.Dispose();

    private static async Task<int> ReceiveAsync(Socket peer, byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await peer.ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return 0;
        }
    }
}
