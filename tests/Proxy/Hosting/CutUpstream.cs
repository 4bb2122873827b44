using System.Net;
using System.Net.Sockets;
using E3.Relay.Testing;

namespace E3.Relay.Proxy.Tests.Hosting;

/// <summary>An upstream that is a socket: it keeps the very bytes that came, and tells a request that was ended from one that was cut off.</summary>
internal sealed class CutUpstream : IAsyncDisposable
{
    private const int KeptBytesMax = 4 << 20;

    private static readonly byte[] Answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray();
    private static readonly byte[] LastChunk = "\r\n0\r\n\r\n"u8.ToArray();

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<bool> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly MemoryStream _received = new();
    private readonly Task _serving;

    public CutUpstream()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _serving = ServeAsync();
    }

    public string Address => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}";

    /// <summary>Waits before each read, so that whoever sends must wait.</summary>
    public Func<Task> BeforeRead { get; set; } = () => Task.CompletedTask;

    /// <summary>After how many bytes the connection is reset.</summary>
    public long ResetAfter { get; init; } = long.MaxValue;

    /// <summary>How many bytes came.</summary>
    public long Bytes { get; private set; }

    /// <summary>The first bytes that came, as Latin-1.</summary>
    public string Text => System.Text.Encoding.Latin1.GetString(_received.ToArray());

    /// <summary>Waits for the end of the first connection.</summary>
    /// <returns>Whether the request was complete.</returns>
    public Task<bool> EndAsync() => _ended.Task.WaitAsync(TimeBound.Default);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _serving;
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            using Socket connection = await _listener.AcceptAsync(_stop.Token);
            _ended.TrySetResult(await ReadAsync(connection));
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            _ended.TrySetResult(false);
        }
    }

    private async Task<bool> ReadAsync(Socket connection)
    {
        byte[] buffer = new byte[64 * 1024], last = [];
        while (true)
        {
            await BeforeRead();
            int read = await connection.ReceiveAsync(buffer, _stop.Token);
            if (read == 0)
                return false;
            Bytes += read;
            if (_received.Length < KeptBytesMax)
                _received.Write(buffer, 0, read);
            if (Bytes > ResetAfter)
            {
                connection.LingerState = new LingerOption(true, 0);
                return false;
            }

            last = [.. last, .. buffer.AsSpan(0, read)];
            last = last[^Math.Min(last.Length, LastChunk.Length)..];
            if (last.AsSpan().SequenceEqual(LastChunk))
            {
                await connection.SendAsync(Answer, _stop.Token);
                return true;
            }
        }
    }
}
