using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace E3.Relay.Testing;

/// <summary>A socket that speaks HTTP/1.1 exactly as the test writes it: malformed, split, pipelined or cut, as no client library would.</summary>
public sealed class RawHttpConnection : IDisposable
{
    private const int LineBytesMax = 64 * 1024;

    private readonly Socket _socket;
    private readonly BufferedStream _stream;

    private RawHttpConnection(Socket socket)
    {
        _socket = socket;
        _stream = new BufferedStream(new NetworkStream(socket, ownsSocket: true));
    }

    /// <summary>Connects to a port on 127.0.0.1.</summary>
    public static Task<RawHttpConnection> ConnectAsync(int port, TimeSpan? bound = null) =>
        ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), bound);

    /// <summary>Connects to an end point: TCP, or a Unix socket.</summary>
    public static async Task<RawHttpConnection> ConnectAsync(EndPoint endPoint, TimeSpan? bound = null)
    {
        using var timeout = new CancellationTokenSource(bound ?? TimeBound.Default);
        var unix = endPoint is UnixDomainSocketEndPoint;
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, unix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        try
        {
            if (!unix)
                socket.NoDelay = true;

            await socket.ConnectAsync(endPoint, timeout.Token);
            return new RawHttpConnection(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends text as Latin-1: one byte a character, line ends as written.</summary>
    public Task SendAsync(string text, TimeSpan? bound = null) => SendAsync(Encoding.Latin1.GetBytes(text), bound);

    /// <summary>Sends bytes.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes, TimeSpan? bound = null)
    {
        using var timeout = new CancellationTokenSource(bound ?? TimeBound.Default);
        while (!bytes.IsEmpty)
            bytes = bytes[await _socket.SendAsync(bytes, timeout.Token)..];
    }

    /// <summary>Says that nothing more will be sent; answers can still be read.</summary>
    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Ends the connection with a reset, as a crashing client does.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Close();
    }

    /// <summary>Reads one response. An interim one (100, 103) is a response of its own.</summary>
    /// <param name="bound">The bound for the whole response.</param>
    /// <param name="toHead">True when it answers a HEAD: a length is declared and no body follows.</param>
    /// <returns>The response, or null when the connection ended before a first byte.</returns>
    /// <exception cref="TimeoutException">It did not arrive in time.</exception>
    public async Task<RawHttpResponse?> ReadResponseAsync(TimeSpan? bound = null, bool toHead = false)
    {
        using var timeout = new CancellationTokenSource(bound ?? TimeBound.Default);
        try
        {
            return await ReadAsync(toHead, timeout.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException("No whole response in time.");
        }
    }

    /// <summary>Reads to the end of the connection, whatever comes. A reset counts as an end.</summary>
    public async Task<byte[]> ReadToEndAsync(TimeSpan? bound = null)
    {
        using var timeout = new CancellationTokenSource(bound ?? TimeBound.Default);
        return (await ReadBodyAsync(long.MaxValue, timeout.Token)).Bytes;
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private async Task<RawHttpResponse?> ReadAsync(bool toHead, CancellationToken cancellationToken)
    {
        if (await ReadLineAsync(cancellationToken) is not { } statusLine)
            return null;

        var headers = new List<KeyValuePair<string, string>>();
        while (true)
        {
            var line = await ReadLineAsync(cancellationToken);
            if (line is null)
                return new RawHttpResponse(statusLine, headers, [], Complete: false);
            if (line.Length == 0)
                break;

            var colon = line.IndexOf(':', StringComparison.Ordinal);
            headers.Add(colon < 0 ? new(line, "") : new(line[..colon], line[(colon + 1)..].Trim()));
        }

        var response = new RawHttpResponse(statusLine, headers, [], Complete: true);
        if (toHead || response.Status is (>= 100 and < 200) or 204 or 304)
            return response;

        var (body, complete) = await ReadBodyAsync(response, cancellationToken);
        return response with { Body = body, Complete = complete };
    }

    private async Task<(byte[] Bytes, bool Complete)> ReadBodyAsync(RawHttpResponse response, CancellationToken cancellationToken)
    {
        if (string.Equals(response.Header("Transfer-Encoding"), "chunked", StringComparison.OrdinalIgnoreCase))
            return await ReadChunksAsync(cancellationToken);

        if (response.Header("Content-Length") is not { } declared)
            return ((await ReadBodyAsync(long.MaxValue, cancellationToken)).Bytes, true);

        return await ReadBodyAsync(long.Parse(declared, NumberStyles.None, CultureInfo.InvariantCulture), cancellationToken);
    }

    private async Task<(byte[] Bytes, bool Complete)> ReadChunksAsync(CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        while (await ReadLineAsync(cancellationToken) is { } size)
        {
            var length = long.Parse(size.Split(';')[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            if (length == 0)
            {
                while (await ReadLineAsync(cancellationToken) is { Length: > 0 })
                    continue;
                return (body.ToArray(), true);
            }

            var (chunk, complete) = await ReadBodyAsync(length, cancellationToken);
            body.Write(chunk);
            if (!complete || await ReadLineAsync(cancellationToken) is null)
                break;
        }

        return (body.ToArray(), false);
    }

    private async Task<(byte[] Bytes, bool Complete)> ReadBodyAsync(long length, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (body.Length < length)
        {
            var read = await ReadSomeAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, length - body.Length)), cancellationToken);
            if (read == 0)
                return (body.ToArray(), false);

            body.Write(buffer, 0, read);
        }

        return (body.ToArray(), true);
    }

    private async Task<string?> ReadLineAsync(CancellationToken cancellationToken)
    {
        var line = new List<byte>();
        var one = new byte[1];
        while (await ReadSomeAsync(one, cancellationToken) == 1)
        {
            if (one[0] == (byte)'\n')
                return Encoding.Latin1.GetString([.. line]).TrimEnd('\r');

            line.Add(one[0]);
            if (line.Count > LineBytesMax)
                throw new InvalidDataException("A line of the response is too long.");
        }

        return null;
    }

    private async Task<int> ReadSomeAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await _stream.ReadAsync(buffer, cancellationToken);
        }
        catch (IOException exception) when (exception.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            return 0;
        }
    }
}
