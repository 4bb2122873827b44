using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using E3.Relay.Benchmarks.Running;

namespace E3.Relay.Benchmarks.Proxy;

/// <summary>
/// Sends the same HTTP/1.1 request over a number of kept connections, each answered before it is sent again. A thread for each connection and blocking sockets:
/// the load shares the machine with what it loads, and this costs least.
/// </summary>
internal sealed class HttpLoad(int port, byte[] request)
{
    private const int TimeoutMs = 10_000;

    /// <summary>A POST with a JSON body.</summary>
    public static byte[] Post(string path, ReadOnlySpan<byte> body) =>
        [.. Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n"), .. body];

    /// <summary>Loads for about that long.</summary>
    /// <exception cref="InvalidDataException">An answer was not 200.</exception>
    public async Task<Sample> RunAsync(int connections, TimeSpan time)
    {
        using var ready = new CountdownEvent(connections);
        long end = 0;
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<Timings>[] workers = [.. Enumerable.Range(0, connections).Select(_ => Task.Factory.StartNew(Work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        await Task.Run(ready.Wait);
        long began = Stopwatch.GetTimestamp();
        end = began + (long)(time.TotalSeconds * Stopwatch.Frequency);
        start.SetResult();
        var all = new Timings();
        foreach (Timings timings in await Task.WhenAll(workers))
            all.Add(timings);
        return new(all.Count / Stopwatch.GetElapsedTime(began).TotalSeconds, all.Percentile(0.5), all.Percentile(0.99));

        Timings Work()
        {
            var timings = new Timings();
            byte[] buffer = new byte[16 * 1024];
            Socket? socket = null;
            try
            {
                socket = Connect();
            }
            finally
            {
                ready.Signal();
            }

            using (socket)
            {
                start.Task.GetAwaiter().GetResult();
                for (long now = Stopwatch.GetTimestamp(); now < end;)
                {
                    Exchange(socket, buffer);
                    long done = Stopwatch.GetTimestamp();
                    timings.Add(done - now);
                    now = done;
                }
            }

            return timings;
        }
    }

    /// <summary>Sends the request once and returns the answer's body.</summary>
    public string Once()
    {
        byte[] buffer = new byte[16 * 1024];
        using Socket socket = Connect();
        (int body, int length) = Exchange(socket, buffer);
        return Encoding.UTF8.GetString(buffer, body, length);
    }

    private Socket Connect()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = TimeoutMs, SendTimeout = TimeoutMs };
        try
        {
            socket.Connect(new IPEndPoint(IPAddress.Loopback, port));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // Where the body begins and how long it is. Answers are small, with a Content-Length or chunked in one chunk.
    private (int Start, int Length) Exchange(Socket socket, byte[] buffer)
    {
        socket.Send(request);
        int received = 0;
        while (true)
        {
            int read = socket.Receive(buffer, received, buffer.Length - received, SocketFlags.None);
            if (read == 0)
                throw new InvalidDataException("The connection was closed in the middle of an answer.");
            received += read;
            ReadOnlySpan<byte> answer = buffer.AsSpan(0, received);
            int headers = answer.IndexOf("\r\n\r\n"u8);
            if (headers < 0)
                continue;
            if (!answer.StartsWith("HTTP/1.1 200 "u8))
                throw new InvalidDataException("An answer was not 200: " + Encoding.ASCII.GetString(answer[..answer.IndexOf("\r\n"u8)]));
            int body = headers + 4;
            if (ContentLength(answer[..body]) is { } length)
            {
                if (received >= body + length)
                    return (body, length);
            }
            else if (answer.EndsWith("0\r\n\r\n"u8))
            {
                return (body, received - body);
            }
        }
    }

    private static int? ContentLength(ReadOnlySpan<byte> headers)
    {
        int start = headers.IndexOf("\r\nContent-Length: "u8);
        if (start < 0)
            return null;
        return Utf8Parser.TryParse(headers[(start + "\r\nContent-Length: ".Length)..], out int length, out _) ? length : throw new InvalidDataException("Content-Length");
    }
}
