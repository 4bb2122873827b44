using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;

namespace E3.Relay.Enclave.Engine;

/// <summary>
/// The RSA key to which KMS encrypts the root key for this engine. It is made at boot, attested, and good for one attempt: the blob is not authenticated, so an engine that told
/// what was wrong with it, and let the host try again, would be an oracle.
/// </summary>
internal sealed class RecipientKey : IDisposable
{
    private const string EnvelopedDataOid = "1.2.840.113549.1.7.3";
    private const string RsaesOaepOid = "1.2.840.113549.1.1.7";
    private const string Aes256CbcOid = "2.16.840.1.101.3.4.1.42";
    private const int KeyBits = 2048;

    // Made beside everything else that happens at boot.
    private readonly Task<RSA> _rsa = Task.Run(static () => RSA.Create(KeyBits));

    /// <summary>The SubjectPublicKeyInfo for the attestation document.</summary>
    public byte[] PublicKey => Rsa.ExportSubjectPublicKeyInfo();

    /// <summary>Waits until the key is made.</summary>
    public Task PrepareAsync() => _rsa;

    private RSA Rsa => _rsa.GetAwaiter().GetResult();

    /// <summary>Opens a CiphertextForRecipient (CMS EnvelopedData, RFC 5652 section 6); null when anything at all is wrong with it. The key is gone afterwards.</summary>
    public SecretKey? OpenOnce(ReadOnlySpan<byte> blob)
    {
        try
        {
            return Open(blob, Rsa);
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>The same with a key of the caller's. The key of an engine never leaves it, so nobody can try one twice by this.</summary>
    internal static SecretKey? Open(ReadOnlySpan<byte> blob, RSA rsa)
    {
        byte[] content = [];
        try
        {
            if (ContentInfoOid(blob) != EnvelopedDataOid)
                return null;
            var cms = new EnvelopedCms();
            cms.Decode(blob);
            if (!IsFor(rsa, cms))
                return null;
            cms.Decrypt(cms.RecipientInfos[0], rsa);
            content = cms.ContentInfo.Content;
            if (content.Length != SecretKey.Bytes)
                return null;
            var key = new SecretKey();
            content.CopyTo(key.Span);
            return key;
        }
        catch (CryptographicException)
        {
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Rsa.Dispose();

    private static bool IsFor(RSA rsa, EnvelopedCms cms) =>
        cms.Version == 2
        && cms.RecipientInfos.Count == 1
        && cms.RecipientInfos[0] is KeyTransRecipientInfo { Version: 2 } recipient
        && recipient.KeyEncryptionAlgorithm.Oid.Value == RsaesOaepOid
        && recipient.RecipientIdentifier is { Type: SubjectIdentifierType.SubjectKeyIdentifier, Value: string id }
        && id == Convert.ToHexString(SHA256.HashData(rsa.ExportSubjectPublicKeyInfo()))
        && cms.ContentEncryptionAlgorithm.Oid.Value == Aes256CbcOid;

    private static string ContentInfoOid(ReadOnlySpan<byte> blob) => ContentInfo.GetContentType(blob).Value ?? "";
}
