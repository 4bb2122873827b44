using System.Buffers.Binary;
using System.Net.Sockets;

namespace E3.Relay.Helper.Nsm;

/// <summary>Serves a simulated module on a Unix socket: each message behind its length as u32 big-endian. It accepts from the moment that it is made.</summary>
internal sealed class NsmServer : IAsyncDisposable
{
    private const int Backlog = 4;
    private readonly SimulatedNsm _module;
    private readonly string _path;
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;

    public NsmServer(string path, SimulatedNsm module)
    {
        _module = module;
        _path = path;
        File.Delete(path);
        _socket.Bind(new UnixDomainSocketEndPoint(path));
        _socket.Listen(Backlog);
        _serving = ServeAsync(_stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _serving.ConfigureAwait(false);
        _socket.Dispose();
        _stop.Dispose();
        _module.Dispose();
        File.Delete(_path);
    }

    private async Task ServeAsync(CancellationToken cancellationToken)
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                Socket peer = await _socket.AcceptAsync(cancellationToken).ConfigureAwait(false);
                connections.RemoveAll(static connection => connection.IsCompleted);
                connections.Add(ServeAsync(peer, cancellationToken));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections).ConfigureAwait(false);
        }
    }

    private async Task ServeAsync(Socket peer, CancellationToken cancellationToken)
    {
        await using var stream = new NetworkStream(peer, ownsSocket: true);
        byte[] prefix = new byte[sizeof(uint)];
        try
        {
            while (await stream.ReadAtLeastAsync(prefix, prefix.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false) == prefix.Length)
            {
                uint length = BinaryPrimitives.ReadUInt32BigEndian(prefix);
                if (length > SimulatedNsm.RequestBytesMax)
                    return;
                byte[] request = new byte[length];
                await stream.ReadExactlyAsync(request, cancellationToken).ConfigureAwait(false);
                byte[] response = _module.Answer(request);
                byte[] frame = new byte[checked(sizeof(uint) + response.Length)];
                BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)response.Length);
                response.CopyTo(frame, sizeof(uint));
                await stream.WriteAsync(frame, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The engine is gone, or the helper ends.
        }
    }
}
