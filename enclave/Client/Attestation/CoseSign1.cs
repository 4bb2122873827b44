using System.Formats.Cbor;

namespace E3.Relay.Enclave.Client.Attestation;

/// <summary>The parts of a COSE_Sign1 with ES384 (RFC 9052 section 4.2), as they stand in the document.</summary>
internal readonly record struct CoseSign1(ReadOnlyMemory<byte> Protected, ReadOnlyMemory<byte> Payload, ReadOnlyMemory<byte> Signature)
{
    private const int SignatureBytes = 96;
    private const int SingleSignerTag = 18;

    // {1: -35}, RFC 9053 section 2.1. There is one way to write it, and every Nitro document does.
    private static ReadOnlySpan<byte> Es384Header => [0xa1, 0x01, 0x38, 0x22];

    // {1: -1}: what QEMU's nitro-enclave machine writes, with 64 zero bytes for a signature.
    private static ReadOnlySpan<byte> EmulatedHeader => [0xa1, 0x01, 0x20];

    /// <summary>True for the form that says that nobody signed.</summary>
    public bool IsEmulated => Protected.Span.SequenceEqual(EmulatedHeader);

    /// <summary>Reads the parts. Throws what <see cref="CborReader"/> throws when the bytes are not CBOR of that form.</summary>
    public static AttestationError Read(ReadOnlyMemory<byte> document, bool acceptsEmulated, out CoseSign1 message)
    {
        message = default;
        var reader = new CborReader(document, CborConformanceMode.Strict);
        if (reader.PeekState() == CborReaderState.Tag && reader.ReadTag() != (CborTag)SingleSignerTag)
            return AttestationError.DocumentMalformed;
        if (reader.ReadStartArray() != 4)
            return AttestationError.DocumentMalformed;
        ReadOnlyMemory<byte> protectedHeader = reader.ReadDefiniteLengthByteString();
        bool isEmulated = acceptsEmulated && protectedHeader.Span.SequenceEqual(EmulatedHeader);
        if (!isEmulated && !protectedHeader.Span.SequenceEqual(Es384Header))
            return AttestationError.ProtectedHeaderUnexpected;
        if (reader.ReadStartMap() != 0)
            return AttestationError.UnprotectedHeaderNotEmpty;
        reader.ReadEndMap();
        ReadOnlyMemory<byte> payload = reader.ReadDefiniteLengthByteString();
        ReadOnlyMemory<byte> signature = reader.ReadDefiniteLengthByteString();
        reader.ReadEndArray();
        if (reader.BytesRemaining != 0)
            return AttestationError.DocumentMalformed;
        message = new(protectedHeader, payload, signature);
        if (isEmulated && signature.Span.ContainsAnyExcept((byte)0))
            return AttestationError.SignatureInvalid;
        return isEmulated || signature.Length == SignatureBytes ? AttestationError.None : AttestationError.SignatureLengthInvalid;
    }

    /// <summary>The Sig_structure that the signature covers (RFC 9052 section 4.4), without external data.</summary>
    public byte[] SignedBytes()
    {
        var writer = new CborWriter(CborConformanceMode.Strict);
        writer.WriteStartArray(4);
        writer.WriteTextString("Signature1");
        writer.WriteByteString(Protected.Span);
        writer.WriteByteString([]);
        writer.WriteByteString(Payload.Span);
        writer.WriteEndArray();
        return writer.Encode();
    }
}
