using System.Buffers.Binary;

namespace E3.Relay.Enclave.Protocol.Framing;

/// <summary>
/// The fixed part of a request frame, after the length prefix (u32, big-endian, counting everything behind it):
/// version u8, call u8, caller key id 8, sequence u64, channel 32, signature 64, then the payload.
/// </summary>
public readonly ref struct RequestHeader
{
    /// <summary>Bytes before the payload.</summary>
    public const int Bytes = SignedBytes + SignatureBytes;

    /// <summary>Bytes of a P-256 signature, r ‖ s (IEEE P1363).</summary>
    public const int SignatureBytes = 64;

    /// <summary>Bytes of a key id.</summary>
    public const int KeyIdBytes = 8;

    /// <summary>The header bytes in front of the signature; the signature covers them.</summary>
    public const int SignedBytes = 2 + KeyIdBytes + sizeof(ulong) + HashBytes;

    private const int HashBytes = 32;
    private readonly ReadOnlySpan<byte> _frame;

    /// <summary>Views a frame (without its length prefix) of at least <see cref="Bytes"/> bytes.</summary>
    public RequestHeader(ReadOnlySpan<byte> frame) => _frame = frame[..Bytes];

    /// <summary>The protocol version.</summary>
    public byte Version => _frame[0];

    /// <summary>The call.</summary>
    public CallType Call => (CallType)_frame[1];

    /// <summary>The first 8 bytes of the SHA-256 of the caller's SubjectPublicKeyInfo.</summary>
    public ReadOnlySpan<byte> CallerKeyId => _frame.Slice(2, KeyIdBytes);

    /// <summary>0 for the Hello, then one more with each frame of the session.</summary>
    public ulong Sequence => BinaryPrimitives.ReadUInt64BigEndian(_frame[(2 + KeyIdBytes)..]);

    /// <summary>The SHA-256 of the SubjectPublicKeyInfo in the TLS certificate that the caller was shown.</summary>
    public ReadOnlySpan<byte> Channel => _frame.Slice(2 + KeyIdBytes + sizeof(ulong), HashBytes);

    /// <summary>The signature.</summary>
    public ReadOnlySpan<byte> Signature => _frame[SignedBytes..];

    /// <summary>Writes everything in front of the signature.</summary>
    public static void Write(Span<byte> destination, CallType call, ReadOnlySpan<byte> callerKeyId, ulong sequence, ReadOnlySpan<byte> channel)
    {
        destination[0] = ProtocolLimits.Version;
        destination[1] = (byte)call;
        callerKeyId.CopyTo(destination.Slice(2, KeyIdBytes));
        BinaryPrimitives.WriteUInt64BigEndian(destination[(2 + KeyIdBytes)..], sequence);
        channel.CopyTo(destination.Slice(2 + KeyIdBytes + sizeof(ulong), HashBytes));
    }
}
