using System.Buffers;
using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol;
using MessagePack;

namespace E3.Relay.Enclave.Client.Files;

/// <summary>What an answer brought, in pooled memory that is zeroed before it is given back: it may be plaintext.</summary>
internal sealed class FilePiece(byte[] rented, int length) : IDisposable
{
    private byte[]? _rented = rented;

    public ReadOnlyMemory<byte> Memory => _rented.AsMemory(0, length);

    /// <summary>Reads <c>[data]</c>.</summary>
    public static FilePiece Read(ref MessagePackReader reader)
    {
        Wire.ReadArray(ref reader, 1);
        ReadOnlyMemory<byte> data = Wire.ReadBytes(ref reader, ProtocolLimits.FrameBytesMax);
        byte[] rented = ArrayPool<byte>.Shared.Rent(data.Length);
        data.CopyTo(rented);
        return new(rented, data.Length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _rented, null) is not { } rented)
            return;
        CryptographicOperations.ZeroMemory(rented.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(rented);
    }
}
