using MessagePack;

namespace E3.Relay.Enclave.Protocol.Messages;

/// <summary>
/// The payload of a Hello: the caller's P-256 SubjectPublicKeyInfo (91 bytes, canonical DER) in front, so that the frame's signature is verified before anything is decoded, then
/// <c>[lowest version, highest version, nonce, grant]</c>.
/// </summary>
/// <param name="VersionMin">The lowest protocol version that the caller speaks.</param>
/// <param name="VersionMax">The highest.</param>
/// <param name="Nonce">32 bytes that must come back in the attestation document.</param>
/// <param name="Grant">A signed <see cref="Documents.Grant"/>.</param>
public sealed record Hello(byte VersionMin, byte VersionMax, ReadOnlyMemory<byte> Nonce, ReadOnlyMemory<byte> Grant)
{
    /// <summary>Bytes of a nonce.</summary>
    public const int NonceBytes = 32;

    /// <summary>Bytes of the caller's key in front.</summary>
    public const int CallerKeyBytes = 91;

    /// <summary>Writes the part behind the caller's key.</summary>
    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(4);
        writer.Write(VersionMin);
        writer.Write(VersionMax);
        writer.Write(Nonce.Span);
        writer.Write(Grant.Span);
    }

    /// <summary>Reads the part behind the caller's key.</summary>
    public static Hello Read(ref MessagePackReader reader)
    {
        Wire.ReadArray(ref reader, 4);
        return new(reader.ReadByte(), reader.ReadByte(), Wire.ReadExactly(ref reader, NonceBytes), Wire.ReadBytes(ref reader, ProtocolLimits.DocumentBytesMax));
    }
}
