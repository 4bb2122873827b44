using MessagePack;

namespace E3.Relay.Enclave.Protocol.Messages;

/// <summary>Request of UnsealRoot: <c>[genesis document, ciphertext for recipient]</c>.</summary>
/// <param name="Genesis">The signed <see cref="Documents.Genesis"/>.</param>
/// <param name="CiphertextForRecipient">The root key as KMS encrypted it to the attested RSA key: CMS EnvelopedData (RFC 5652 section 6).</param>
public sealed record UnsealRoot(ReadOnlyMemory<byte> Genesis, ReadOnlyMemory<byte> CiphertextForRecipient)
{
    private const int CiphertextBytesMax = 4096;

    /// <summary>Writes the request.</summary>
    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(2);
        writer.Write(Genesis.Span);
        writer.Write(CiphertextForRecipient.Span);
    }

    /// <summary>Reads the request.</summary>
    public static UnsealRoot Read(ref MessagePackReader reader)
    {
        Wire.ReadArray(ref reader, 2);
        return new(Wire.ReadBytes(ref reader, ProtocolLimits.DocumentBytesMax), Wire.ReadBytes(ref reader, CiphertextBytesMax));
    }
}
