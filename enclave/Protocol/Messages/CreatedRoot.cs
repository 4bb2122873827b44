using E3.Relay.Enclave.Protocol.Documents;
using MessagePack;

namespace E3.Relay.Enclave.Protocol.Messages;

/// <summary>
/// The answer to CreateRoot (whose request is <c>[nonce]</c>): <c>[wrapped root, root commitment, evidence]</c>. The engine keeps no copy of the key: it is used only after KMS opened it again.
/// </summary>
/// <param name="WrappedRoot">The root key under the KMS key of the measured configuration (RSAES-OAEP with SHA-256, RFC 8017 section 7.1).</param>
/// <param name="RootCommitment">The commitment that an administrator signs.</param>
/// <param name="Evidence">An attestation document whose statement carries that commitment.</param>
public sealed record CreatedRoot(ReadOnlyMemory<byte> WrappedRoot, ReadOnlyMemory<byte> RootCommitment, Evidence Evidence)
{
    /// <summary>The most bytes of a wrapped root: RSA-4096.</summary>
    public const int WrappedBytesMax = 512;

    /// <summary>Writes the answer.</summary>
    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(3);
        writer.Write(WrappedRoot.Span);
        writer.Write(RootCommitment.Span);
        Evidence.Write(ref writer);
    }

    /// <summary>Reads the answer.</summary>
    public static CreatedRoot Read(ref MessagePackReader reader)
    {
        Wire.ReadArray(ref reader, 3);
        return new(Wire.ReadBytes(ref reader, WrappedBytesMax), Wire.ReadExactly(ref reader, Genesis.CommitmentBytes), Evidence.Read(ref reader));
    }
}
