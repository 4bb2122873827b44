using System.Buffers.Binary;
using System.Net.Sockets;
using E3.Relay.Testing;

namespace E3.Relay.Enclave.Host.Tests;

/// <summary>A simulated security module behind a Unix socket: each message behind its length as u32 big-endian.</summary>
internal sealed class ModuleSocket : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;

    public ModuleSocket(string path)
    {
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen();
        _serving = ServeAsync();
    }

    public UnsignedSecurityModule Module { get; } = new(TimeProvider.System);

    /// <summary>How long each answer takes.</summary>
    public TimeSpan Delay { get; set; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        _listener.Dispose();
        _stop.Dispose();
    }

    // One caller after the other: an engine keeps its connection for as long as it lives.
    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using Socket peer = await _listener.AcceptAsync(_stop.Token);
                await AnswerAsync(new NetworkStream(peer));
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(NetworkStream peer)
    {
        byte[] prefix = new byte[sizeof(uint)];
        try
        {
            while (true)
            {
                await peer.ReadExactlyAsync(prefix, _stop.Token);
                byte[] request = new byte[BinaryPrimitives.ReadInt32BigEndian(prefix)];
                await peer.ReadExactlyAsync(request, _stop.Token);
                byte[] answer = Module.Answer(request);
                await Task.Delay(Delay, _stop.Token);
                BinaryPrimitives.WriteInt32BigEndian(prefix, answer.Length);
                await peer.WriteAsync((byte[])[.. prefix, .. answer], _stop.Token);
            }
        }
        catch (IOException)
        {
            // The engine is gone; the next one may come.
        }
    }
}
