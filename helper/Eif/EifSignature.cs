using System.Formats.Cbor;
using System.Security.Cryptography;
using System.Security.Cryptography.Cose;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace E3.Relay.Helper.Eif;

/// <summary>
/// The signature of an image: a certificate with a P-384 key, and a COSE_Sign1 (RFC 9052) with ES384 over <c>{"register_index": 0, "register_value": PCR0}</c>.
/// The hypervisor verifies it and puts the certificate into PCR8. Byte strings stand in it as arrays of numbers, as the reference tool writes them.
/// </summary>
internal static class EifSignature
{
    private const int KeyBits = 384;
    private const int SectionBytesMax = 64 * 1024;
    private const byte SingleSignerTag = 0xd2;

    // {1: -35}, RFC 9053 section 2.1.
    private static ReadOnlySpan<byte> Es384Header => [0xa1, 0x01, 0x38, 0x22];

    /// <summary>The image with a signature, in the place of the one that it may have had.</summary>
    /// <exception cref="ArgumentException">The certificate has no P-384 key, or not the one given.</exception>
    public static EifImage Sign(EifImage image, X509Certificate2 certificate, ECDsa key)
    {
        using ECDsa? certified = certificate.GetECDsaPublicKey();
        if (certified?.KeySize != KeyBits || !certified.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
            throw new ArgumentException("An image is signed with the P-384 key that its certificate names.");
        byte[] signature = CoseSign1Message.SignEmbedded(Payload(EifMeasurement.Of(image).Pcr0), new CoseSigner(key, HashAlgorithmName.SHA384));
        ReadOnlySpan<byte> untagged = signature[0] == SingleSignerTag ? signature.AsSpan(1) : signature;
        var writer = new CborWriter(CborConformanceMode.Strict);
        writer.WriteStartArray(1);
        writer.WriteStartMap(2);
        writer.WriteTextString("signing_certificate");
        WriteNumbers(writer, Encoding.ASCII.GetBytes($"{certificate.ExportCertificatePem()}\n"));
        writer.WriteTextString("signature");
        WriteNumbers(writer, untagged);
        writer.WriteEndMap();
        writer.WriteEndArray();
        return new()
        {
            IsArm = image.IsArm,
            DefaultMemoryBytes = image.DefaultMemoryBytes,
            DefaultCpus = image.DefaultCpus,
            Sections = [.. image.Sections.Where(static section => section.Kind != EifSectionKind.Signature), new EifSection(EifSectionKind.Signature, writer.Encode())],
        };
    }

    /// <summary>Verifies that an image is signed by the certificate that it carries.</summary>
    /// <param name="image">The image.</param>
    /// <param name="at">The time at which the certificate must be valid.</param>
    /// <param name="certificate">The certificate, which the caller disposes of; also when its time is over. Who it belongs to is the caller's to judge.</param>
    public static EifError Verify(EifImage image, DateTimeOffset at, out X509Certificate2? certificate)
    {
        certificate = null;
        if (image.Find(EifSectionKind.Signature) is not { } section)
            return EifError.Unsigned;
        try
        {
            if (!TryRead(section, out byte[] pem, out byte[] signature))
                return EifError.SignatureMalformed;
            X509Certificate2 signer = X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(pem));
            EifError error = Verify(signature, signer, EifMeasurement.Of(image).Pcr0);
            if (error != EifError.None)
            {
                signer.Dispose();
                return error;
            }

            certificate = signer;
            return at < signer.NotBefore || at >= signer.NotAfter ? EifError.CertificateOutsideValidity : EifError.None;
        }
        catch (Exception e) when (e is CborContentException or CryptographicException or InvalidOperationException or OverflowException)
        {
            return EifError.SignatureMalformed;
        }
    }

    private static EifError Verify(byte[] signature, X509Certificate2 signer, byte[] pcr0)
    {
        CoseSign1Message message = CoseMessage.DecodeSign1(signature);
        using ECDsa? key = signer.GetECDsaPublicKey();
        if (!message.RawProtectedHeaders.Span.SequenceEqual(Es384Header) || message.UnprotectedHeaders.Count != 0 || message.Content is not { } payload || key?.KeySize != KeyBits)
            return EifError.SignatureMalformed;
        return payload.Span.SequenceEqual(Payload(pcr0)) && message.VerifyEmbedded(key) ? EifError.None : EifError.SignatureInvalid;
    }

    private static byte[] Payload(byte[] pcr0)
    {
        var writer = new CborWriter(CborConformanceMode.Strict);
        writer.WriteStartMap(2);
        writer.WriteTextString("register_index");
        writer.WriteInt32(0);
        writer.WriteTextString("register_value");
        WriteNumbers(writer, pcr0);
        writer.WriteEndMap();
        return writer.Encode();
    }

    private static bool TryRead(ReadOnlyMemory<byte> section, out byte[] pem, out byte[] signature)
    {
        pem = signature = [];
        if (section.Length > SectionBytesMax)
            return false;
        var reader = new CborReader(section, CborConformanceMode.Strict);
        if (reader.ReadStartArray() != 1 || reader.ReadStartMap() != 2)
            return false;
        for (int i = 0; i < 2; i++)
        {
            switch (reader.ReadTextString())
            {
                case "signing_certificate":
                    pem = ReadNumbers(reader);
                    break;
                case "signature":
                    signature = ReadNumbers(reader);
                    break;
                default:
                    return false;
            }
        }

        reader.ReadEndMap();
        reader.ReadEndArray();
        return reader.BytesRemaining == 0;
    }

    private static void WriteNumbers(CborWriter writer, ReadOnlySpan<byte> bytes)
    {
        writer.WriteStartArray(bytes.Length);
        foreach (byte value in bytes)
            writer.WriteUInt32(value);
        writer.WriteEndArray();
    }

    private static byte[] ReadNumbers(CborReader reader)
    {
        var bytes = new List<byte>();
        reader.ReadStartArray();
        while (reader.PeekState() != CborReaderState.EndArray)
            bytes.Add(checked((byte)reader.ReadUInt32()));
        reader.ReadEndArray();
        return [.. bytes];
    }
}
