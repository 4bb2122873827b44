using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using E3.Relay.Enclave.Protocol.Framing;
using E3.Relay.Enclave.Protocol.Tokens;

namespace E3.Relay.Benchmarks.Bodies;

/// <summary>The least that bytes through the channel can cost: frames as large as those of a file, there and back over TLS, as many under way as with files, no signature and no cipher.</summary>
internal sealed class FrameEcho : IAsyncDisposable
{
    private const int FrameBytes = 7 * FileToken.SegmentBytes;
    private const int FramesAhead = 4;
    private readonly SslStream _stream;
    private readonly FrameBuffer _request = new();
    private readonly FrameBuffer _answer = new();

    private FrameEcho(SslStream stream) => _stream = stream;

    public static async Task<FrameEcho> ConnectAsync(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true), leaveInnerStreamOpen: false, static (_, _, _, _) => true);
        await stream.AuthenticateAsClientAsync("echo");
        return new(stream);
    }

    public async Task RunAsync(PipeReader source)
    {
        using var places = new SemaphoreSlim(FramesAhead);
        int sent = 0;
        bool all = false;
        Task receiving = Task.Run(async () =>
        {
            for (int received = 0; !Volatile.Read(ref all) || received < Volatile.Read(ref sent); received++)
            {
                await _answer.WaitForFrameAsync(_stream, default);
                await _answer.ReadFrameAsync(_stream, (int)await _answer.ReadLengthAsync(_stream, default), default);
                await Stream.Null.WriteAsync(_answer.Frame);
                places.Release();
            }
        });
        while (true)
        {
            ReadResult read = await source.ReadAtLeastAsync(FrameBytes);
            ReadOnlySequence<byte> data = read.Buffer.Slice(0, Math.Min(FrameBytes, read.Buffer.Length));
            await places.WaitAsync();
            _request.Clear();
            data.CopyTo(_request.GetSpan((int)data.Length));
            _request.Advance((int)data.Length);
            sent++;
            Volatile.Write(ref all, read.IsCompleted && data.Length == read.Buffer.Length);
            await _request.WriteToAsync(_stream, default);
            source.AdvanceTo(data.End);
            if (all)
                break;
        }

        await receiving;
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _request.Dispose();
        _answer.Dispose();
    }
}
