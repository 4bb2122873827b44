using System.Net.Sockets;

namespace E3.Relay.Enclave.Client.Tests.Files;

/// <summary>Passes bytes on between a socket of its own and another one, until it is told to cut all connections.</summary>
internal sealed class CuttableRelay : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly string _to;
    private readonly List<Socket> _open = [];

    public CuttableRelay(string from, string to)
    {
        _to = to;
        _listener.Bind(new UnixDomainSocketEndPoint(from));
        _listener.Listen(16);
        _ = AcceptAsync();
    }

    /// <summary>Connections that were made so far.</summary>
    public int Accepted { get; private set; }

    public void Cut()
    {
        lock (_open)
        {
            _open.ForEach(static socket => socket.Dispose());
            _open.Clear();
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        Cut();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket near = await _listener.AcceptAsync();
                var far = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await far.ConnectAsync(new UnixDomainSocketEndPoint(_to));
                lock (_open)
                {
                    _open.AddRange([near, far]);
                    Accepted++;
                }

                _ = PassAsync(near, far);
                _ = PassAsync(far, near);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private static async Task PassAsync(Socket from, Socket to)
    {
        byte[] buffer = new byte[32 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and int count)
                await to.SendAsync(buffer.AsMemory(0, count));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It was cut.
        }

        from.Dispose();
        to.Dispose();
    }
}
