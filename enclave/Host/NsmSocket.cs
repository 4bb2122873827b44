using System.Buffers.Binary;
using System.Net.Sockets;
using E3.Relay.Enclave.Engine;

namespace E3.Relay.Enclave.Host;

/// <summary>A simulated security module behind a Unix socket: the same CBOR, each message behind its length as u32 big-endian.</summary>
internal sealed class NsmSocket : ISecurityModule, IDisposable
{
    private const int ResponseBytesMax = 0x3000;
    private const int TimeoutMs = 2000;

    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { SendTimeout = TimeoutMs, ReceiveTimeout = TimeoutMs };
    private readonly Lock _lock = new();

    /// <summary>Connects.</summary>
    /// <exception cref="IOException">Nobody listens there.</exception>
    public NsmSocket(string path)
    {
        try
        {
            _socket.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e)
        {
            throw new IOException("security module", e);
        }
    }

    /// <inheritdoc/>
    public byte[] Exchange(byte[] request)
    {
        byte[] prefix = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(prefix, (uint)request.Length);
        try
        {
            lock (_lock)
            {
                _socket.Send([new ArraySegment<byte>(prefix), new ArraySegment<byte>(request)]);
                Receive(prefix);
                uint length = BinaryPrimitives.ReadUInt32BigEndian(prefix);
                if (length > ResponseBytesMax)
                    throw new IOException("response too large");
                byte[] response = new byte[length];
                Receive(response);
                return response;
            }
        }
        catch (SocketException e)
        {
            throw new IOException("security module", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private void Receive(Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            int received = _socket.Receive(destination);
            if (received == 0)
                throw new IOException("security module closed");
            destination = destination[received..];
        }
    }
}
