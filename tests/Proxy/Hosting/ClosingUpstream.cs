using System.Net;
using System.Net.Sockets;
using System.Text;

namespace E3.Relay.Proxy.Tests.Hosting;

/// <summary>An upstream that is a socket: it answers with the very bytes that it is given, and closes the connection.</summary>
internal sealed class ClosingUpstream : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;

    public ClosingUpstream(string head, byte[] body)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _serving = ServeAsync([.. Encoding.Latin1.GetBytes(head), .. body]);
    }

    public string Address => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _serving;
        _stop.Dispose();
    }

    private async Task ServeAsync(byte[] answer)
    {
        try
        {
            while (true)
            {
                using Socket connection = await _listener.AcceptAsync(_stop.Token);
                await connection.ReceiveAsync(new byte[64 * 1024], _stop.Token);
                await SendAsync(connection, answer);
            }
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            // The test is over.
            return;
        }
    }

    // Whoever refuses the answer need not read all of it.
    private async Task SendAsync(Socket connection, byte[] answer)
    {
        try
        {
            await connection.SendAsync(answer, _stop.Token);
            connection.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            return;
        }
    }
}
