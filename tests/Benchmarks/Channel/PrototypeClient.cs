using System.Net.Sockets;
using System.Threading.Channels;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Framing;
using E3.Relay.Enclave.Protocol.Messages;
using MessagePack;

namespace E3.Relay.Benchmarks.Channel;

/// <summary>The coalescing of the real client, and nothing of its signatures and TLS.</summary>
internal sealed class PrototypeClient : IAsyncDisposable
{
    private const int RequestsPerFrameMax = 32;
    private readonly Channel<(TransformGroup Group, TaskCompletionSource<TransformResult[]> Done)> _queue = System.Threading.Channels.Channel.CreateUnbounded<(TransformGroup, TaskCompletionSource<TransformResult[]>)>();
    private readonly Task[] _lanes;

    public PrototypeClient(string path, int connections) => _lanes = [.. Enumerable.Range(0, connections).Select(_ => Task.Run(() => RunAsync(path)))];

    public Task<TransformResult[]> TransformAsync(TransformGroup group)
    {
        var done = new TaskCompletionSource<TransformResult[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        _queue.Writer.TryWrite((group, done));
        return done.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.Complete();
        await Task.WhenAll(_lanes);
    }

    private async Task RunAsync(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        using FrameBuffer request = new(), answer = new();
        var frame = new List<(TransformGroup Group, TaskCompletionSource<TransformResult[]> Done)>();
        while (await _queue.Reader.WaitToReadAsync())
        {
            while (frame.Count < RequestsPerFrameMax && _queue.Reader.TryRead(out var next))
                frame.Add(next);
            if (frame.Count == 0)
                continue;
            Write(frame, request);
            await request.WriteToAsync(stream, CancellationToken.None);
            await answer.WaitForFrameAsync(stream, CancellationToken.None);
            await answer.ReadFrameAsync(stream, (int)await answer.ReadLengthAsync(stream, CancellationToken.None), CancellationToken.None);
            Read(frame, answer);
            frame.Clear();
        }
    }

    private static void Write(List<(TransformGroup Group, TaskCompletionSource<TransformResult[]> Done)> frame, FrameBuffer request)
    {
        request.Clear();
        var writer = new MessagePackWriter(request);
        writer.WriteArrayHeader(frame.Count);
        foreach ((TransformGroup group, _) in frame)
            group.Write(ref writer);
        writer.Flush();
    }

    private static void Read(List<(TransformGroup Group, TaskCompletionSource<TransformResult[]> Done)> frame, FrameBuffer answer)
    {
        var reader = new MessagePackReader(answer.Frame);
        Wire.ReadArray(ref reader, frame.Count);
        foreach ((TransformGroup group, TaskCompletionSource<TransformResult[]> done) in frame)
        {
            var results = new TransformResult[group.Items.Count];
            TransformResult.ReadGroup(ref reader, results);
            done.SetResult(results);
        }
    }
}
