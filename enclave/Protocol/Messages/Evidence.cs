using MessagePack;

namespace E3.Relay.Enclave.Protocol.Messages;

/// <summary>An attestation document and the statement whose digest it carries: <c>[document, statement]</c>. Answer of GetAttestationDocument.</summary>
/// <param name="Document">The document as the security module gave it (COSE_Sign1 in CBOR).</param>
/// <param name="Statement">The statement.</param>
public sealed record Evidence(ReadOnlyMemory<byte> Document, AttestationStatement Statement)
{
    /// <summary>Writes the evidence.</summary>
    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(2);
        writer.Write(Document.Span);
        Statement.Write(ref writer);
    }

    /// <summary>Reads the evidence.</summary>
    public static Evidence Read(ref MessagePackReader reader)
    {
        Wire.ReadArray(ref reader, 2);
        return new(Wire.ReadBytes(ref reader, ProtocolLimits.AttestationBytesMax), AttestationStatement.Read(ref reader));
    }
}
