using MessagePack;

namespace E3.Relay.Enclave.Protocol.Documents;

/// <summary>
/// The administrators' order to move all state to a new root key. Body of a <see cref="DocumentKind.RewrapOrder"/> document: <c>[1, fleet id, present root commitment, KMS key]</c>.
/// Who can open the new root key can open everything, so the order names the KMS key that it is wrapped to.
/// </summary>
/// <param name="FleetId">The fleet, 16 bytes.</param>
/// <param name="RootCommitment">The commitment to the root key that is to be replaced: the order works once.</param>
/// <param name="KmsPublicKey">The RSA key to wrap the new root key to, a DER SubjectPublicKeyInfo.</param>
public sealed record RewrapOrder(ReadOnlyMemory<byte> FleetId, ReadOnlyMemory<byte> RootCommitment, ReadOnlyMemory<byte> KmsPublicKey)
{
    private const byte FormatVersion = 1;
    private const int KeyBytesMax = 1024;

    /// <summary>Reads the body.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> body, out RewrapOrder order) => Wire.TryRead(
        body,
        static (ref MessagePackReader reader) =>
        {
            Wire.ReadArray(ref reader, 4);
            return reader.ReadByte() == FormatVersion
                ? new RewrapOrder(
                    Wire.ReadExactly(ref reader, Genesis.FleetIdBytes), Wire.ReadExactly(ref reader, Genesis.CommitmentBytes), Wire.ReadBytes(ref reader, KeyBytesMax))
                : throw Wire.Malformed();
        },
        out order);

    /// <summary>Writes the body.</summary>
    public byte[] Write() => Wire.Write((ref MessagePackWriter writer) =>
    {
        writer.WriteArrayHeader(4);
        writer.Write(FormatVersion);
        writer.Write(FleetId.Span);
        writer.Write(RootCommitment.Span);
        writer.Write(KmsPublicKey.Span);
    });
}
