using System.Formats.Cbor;

namespace E3.Relay.Enclave.Client.Attestation;

/// <summary>The payload of an attestation document, read but not yet believed.</summary>
internal sealed class AttestationPayload
{
    /// <summary>Certificates between leaf and root, with the root in front.</summary>
    public const int BundleMax = 8;

    private const int CertificateBytesMax = 2048;
    private const int OptionalBytesMax = 1024;
    private const int ModuleIdCharactersMax = 256;

    // The last millisecond of the year 9999.
    private const ulong TimestampMax = 253_402_300_799_999;

    public string? ModuleId { get; private set; }

    public ulong? Timestamp { get; private set; }

    public ReadOnlyMemory<byte>?[]? Pcrs { get; private set; }

    public ReadOnlyMemory<byte> Certificate { get; private set; }

    public List<ReadOnlyMemory<byte>>? Bundle { get; private set; }

    public ReadOnlyMemory<byte>? PublicKey { get; private set; }

    public ReadOnlyMemory<byte>? UserData { get; private set; }

    public ReadOnlyMemory<byte>? Nonce { get; private set; }

    private string? Digest { get; set; }

    /// <summary>Reads the payload. Throws what <see cref="CborReader"/> throws when the bytes are not CBOR of that form.</summary>
    public static AttestationError Read(ReadOnlyMemory<byte> bytes, out AttestationPayload payload)
    {
        payload = new();
        var reader = new CborReader(bytes, CborConformanceMode.Strict);
        reader.ReadStartMap();
        while (reader.PeekState() != CborReaderState.EndMap)
            payload.ReadField(reader);
        reader.ReadEndMap();
        return reader.BytesRemaining == 0 ? payload.Check() : AttestationError.DocumentMalformed;
    }

    private void ReadField(CborReader reader)
    {
        switch (reader.ReadTextString())
        {
            case "module_id":
                ModuleId = reader.ReadTextString();
                break;
            case "digest":
                Digest = reader.ReadTextString();
                break;
            case "timestamp":
                Timestamp = reader.ReadUInt64();
                break;
            case "pcrs":
                Pcrs = ReadPcrs(reader);
                break;
            case "certificate":
                Certificate = reader.ReadDefiniteLengthByteString();
                break;
            case "cabundle":
                Bundle = ReadBundle(reader);
                break;
            case "public_key":
                PublicKey = ReadOptional(reader);
                break;
            case "user_data":
                UserData = ReadOptional(reader);
                break;
            case "nonce":
                Nonce = ReadOptional(reader);
                break;
            default:
                reader.SkipValue();
                break;
        }
    }

    // An index or a size out of range empties the list, and Check refuses an empty list.
    private static ReadOnlyMemory<byte>?[] ReadPcrs(CborReader reader)
    {
        var pcrs = new ReadOnlyMemory<byte>?[AttestationDocument.PcrCount];
        bool valid = true;
        reader.ReadStartMap();
        while (reader.PeekState() != CborReaderState.EndMap)
        {
            ulong index = reader.ReadUInt64();
            ReadOnlyMemory<byte> value = reader.ReadDefiniteLengthByteString();
            if (index < AttestationDocument.PcrCount && value.Length == AttestationDocument.PcrBytes)
                pcrs[index] = value;
            else
                valid = false;
        }

        reader.ReadEndMap();
        return valid ? pcrs : [];
    }

    private static List<ReadOnlyMemory<byte>> ReadBundle(CborReader reader)
    {
        var bundle = new List<ReadOnlyMemory<byte>>();
        reader.ReadStartArray();
        while (reader.PeekState() != CborReaderState.EndArray)
            bundle.Add(reader.ReadDefiniteLengthByteString());
        reader.ReadEndArray();
        return bundle;
    }

    private static ReadOnlyMemory<byte>? ReadOptional(CborReader reader)
    {
        if (reader.PeekState() != CborReaderState.Null)
            return reader.ReadDefiniteLengthByteString();
        reader.ReadNull();
        return null;
    }

    private AttestationError Check()
    {
        if (ModuleId is null || Digest is null || Timestamp is null || Pcrs is null || Certificate.IsEmpty || Bundle is null)
            return AttestationError.FieldMissing;
        if (ModuleId.Length is 0 or > ModuleIdCharactersMax || Timestamp is 0 or > TimestampMax || Certificate.Length > CertificateBytesMax
            || Bundle.Count is 0 or > BundleMax || !IsWithin(PublicKey) || !IsWithin(UserData) || !IsWithin(Nonce))
        {
            return AttestationError.FieldSizeInvalid;
        }

        foreach (ReadOnlyMemory<byte> certificate in Bundle)
        {
            if (certificate.Length is 0 or > CertificateBytesMax)
                return AttestationError.FieldSizeInvalid;
        }

        if (Digest != "SHA384")
            return AttestationError.DigestUnsupported;
        return Pcrs.Length != 0 && Array.Exists(Pcrs, static pcr => pcr is not null) ? AttestationError.None : AttestationError.PcrInvalid;
    }

    private static bool IsWithin(ReadOnlyMemory<byte>? field) => field is not { Length: > OptionalBytesMax };
}
