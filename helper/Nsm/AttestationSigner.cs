using System.Formats.Cbor;
using System.Security.Cryptography;

namespace E3.Relay.Helper.Nsm;

/// <summary>Writes and signs attestation documents as a Nitro security module does: an untagged COSE_Sign1 with ES384 (RFC 9052), under a certificate that lives three hours.</summary>
internal sealed class AttestationSigner(SimulatedRoot root, string moduleId, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan LeafLifetime = TimeSpan.FromHours(3);
    private static readonly TimeSpan RenewBefore = TimeSpan.FromHours(1);
    private static readonly TimeSpan Backdate = TimeSpan.FromMinutes(1);

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
    private byte[] _certificate = [];
    private DateTimeOffset _renewAt = DateTimeOffset.MinValue;

    public string ModuleId { get; } = moduleId;

    private static ReadOnlySpan<byte> Es384Header => [0xa1, 0x01, 0x38, 0x22];

    /// <summary>A signed document over the locked registers and the values of the request.</summary>
    public byte[] Sign(PcrBank pcrs, byte[]? userData, byte[]? nonce, byte[]? publicKey)
    {
        DateTimeOffset now = time.GetUtcNow();
        Renew(now);
        byte[] payload = Payload(pcrs, now, userData, nonce, publicKey);
        byte[] signature = _key.SignData(ToSign(payload), HashAlgorithmName.SHA384, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        var writer = new CborWriter();
        writer.WriteStartArray(4);
        writer.WriteByteString(Es384Header);
        writer.WriteStartMap(0);
        writer.WriteEndMap();
        writer.WriteByteString(payload);
        writer.WriteByteString(signature);
        writer.WriteEndArray();
        return writer.Encode();
    }

    public void Dispose() => _key.Dispose();

    private void Renew(DateTimeOffset now)
    {
        if (now < _renewAt)
            return;
        _certificate = root.Issue(_key, ModuleId, now - Backdate, now + LeafLifetime);
        _renewAt = now + LeafLifetime - RenewBefore;
    }

    private byte[] Payload(PcrBank pcrs, DateTimeOffset now, byte[]? userData, byte[]? nonce, byte[]? publicKey)
    {
        var writer = new CborWriter(CborConformanceMode.Lax, convertIndefiniteLengthEncodings: true);
        writer.WriteStartMap(9);
        writer.WriteTextString("module_id");
        writer.WriteTextString(ModuleId);
        writer.WriteTextString("digest");
        writer.WriteTextString("SHA384");
        writer.WriteTextString("timestamp");
        writer.WriteUInt64((ulong)now.ToUnixTimeMilliseconds());
        writer.WriteTextString("pcrs");
        writer.WriteStartMap(null);
        for (int index = 0; index < PcrBank.Count; index++)
        {
            if (pcrs.IsLocked(index))
            {
                writer.WriteInt32(index);
                writer.WriteByteString(pcrs.Value(index));
            }
        }

        writer.WriteEndMap();
        writer.WriteTextString("certificate");
        writer.WriteByteString(_certificate);
        writer.WriteTextString("cabundle");
        writer.WriteStartArray(1);
        writer.WriteByteString(root.Certificate.RawDataMemory.Span);
        writer.WriteEndArray();
        Optional(writer, "public_key", publicKey);
        Optional(writer, "user_data", userData);
        Optional(writer, "nonce", nonce);
        writer.WriteEndMap();
        return writer.Encode();
    }

    private static byte[] ToSign(byte[] payload)
    {
        var writer = new CborWriter();
        writer.WriteStartArray(4);
        writer.WriteTextString("Signature1");
        writer.WriteByteString(Es384Header);
        writer.WriteByteString([]);
        writer.WriteByteString(payload);
        writer.WriteEndArray();
        return writer.Encode();
    }

    private static void Optional(CborWriter writer, string name, byte[]? value)
    {
        writer.WriteTextString(name);
        if (value is null)
            writer.WriteNull();
        else
            writer.WriteByteString(value);
    }
}
