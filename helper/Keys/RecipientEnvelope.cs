using System.Formats.Asn1;
using System.Security.Cryptography;

namespace E3.Relay.Helper.Keys;

/// <summary>
/// The CiphertextForRecipient of KMS: CMS EnvelopedData version 2 (RFC 5652 section 6.1) in BER with indefinite lengths, as KMS writes it. One recipient, named by the SHA-256 of its
/// SubjectPublicKeyInfo; RSAES-OAEP with SHA-256 and MGF1-SHA-256 (RFC 4055 section 4.1); AES-256-CBC.
/// </summary>
internal static class RecipientEnvelope
{
    private const string EnvelopedData = "1.2.840.113549.1.7.3";
    private const string Data = "1.2.840.113549.1.7.1";
    private const string RsaesOaep = "1.2.840.113549.1.1.7";
    private const string Mgf1 = "1.2.840.113549.1.1.8";
    private const string Sha256 = "2.16.840.1.101.3.4.2.1";
    private const string Aes256Cbc = "2.16.840.1.101.3.4.1.42";
    private const int Version = 2;

    private static readonly Asn1Tag Context0 = new(TagClass.ContextSpecific, 0);
    private static readonly Asn1Tag Context1 = new(TagClass.ContextSpecific, 1);

    private static ReadOnlySpan<byte> OpenSequence => [0x30, 0x80];

    private static ReadOnlySpan<byte> OpenContext0 => [0xa0, 0x80];

    /// <summary>Encrypts content to an RSA key.</summary>
    public static byte[] Seal(ReadOnlySpan<byte> content, RSA recipient)
    {
        using var aes = Aes.Create();
        byte[] key = aes.Key;
        byte[] wrappedKey = recipient.Encrypt(key, RSAEncryptionPadding.OaepSHA256);
        byte[] ciphertext = aes.EncryptCbc(content, aes.IV);
        CryptographicOperations.ZeroMemory(key);
        return
        [
            .. OpenSequence, .. Der(static writer => writer.WriteObjectIdentifier(EnvelopedData)),
            .. OpenContext0, .. OpenSequence, .. Der(static writer => writer.WriteInteger(Version)), .. Der(writer => WriteRecipient(writer, recipient, wrappedKey)),
            .. OpenSequence, .. Der(static writer => writer.WriteObjectIdentifier(Data)), .. Der(writer => WriteContentAlgorithm(writer, aes.IV)),
            .. OpenContext0, .. Der(writer => writer.WriteOctetString(ciphertext)),

            // The ends of the five indefinite lengths.
            .. new byte[5 * 2],
        ];
    }

    private static void WriteRecipient(AsnWriter writer, RSA recipient, byte[] wrappedKey)
    {
        using (writer.PushSetOf())
        using (writer.PushSequence())
        {
            writer.WriteInteger(Version);
            writer.WriteOctetString(SHA256.HashData(recipient.ExportSubjectPublicKeyInfo()), Context0);
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(RsaesOaep);
                using (writer.PushSequence())
                {
                    using (writer.PushSequence(Context0))
                        WriteSha256(writer);
                    using (writer.PushSequence(Context1))
                    using (writer.PushSequence())
                    {
                        writer.WriteObjectIdentifier(Mgf1);
                        WriteSha256(writer);
                    }
                }
            }

            writer.WriteOctetString(wrappedKey);
        }
    }

    private static void WriteSha256(AsnWriter writer)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(Sha256);
            writer.WriteNull();
        }
    }

    private static void WriteContentAlgorithm(AsnWriter writer, byte[] iv)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(Aes256Cbc);
            writer.WriteOctetString(iv);
        }
    }

    private static byte[] Der(Action<AsnWriter> write)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        write(writer);
        return writer.Encode();
    }
}
