using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol.Documents;

namespace E3.Relay.Enclave.Client;

/// <summary>A caller's P-256 key and the grant that names it.</summary>
public sealed class CallerIdentity : IDisposable
{
    /// <summary>File name of the private key (PKCS#8, PEM) in a caller's folder.</summary>
    public const string KeyFileName = "key.pem";

    /// <summary>File name of the grant in a caller's folder.</summary>
    public const string GrantFileName = "grant.e3doc";

    private readonly ECDsa _key;

    /// <summary>Takes over the key.</summary>
    public CallerIdentity(ECDsa key, ReadOnlyMemory<byte> grant)
    {
        _key = key;
        Grant = grant;
        SubjectPublicKeyInfo = key.ExportSubjectPublicKeyInfo();
        KeyId = SignedDocument.KeyId(SubjectPublicKeyInfo);
    }

    /// <summary>The signed grant.</summary>
    public ReadOnlyMemory<byte> Grant { get; }

    /// <summary>The public key.</summary>
    public byte[] SubjectPublicKeyInfo { get; }

    /// <summary>The first 8 bytes of the SHA-256 of the public key.</summary>
    public byte[] KeyId { get; }

    /// <summary>Reads key and grant from a caller's folder.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="CryptographicException">The key is not a P-256 key.</exception>
    public static CallerIdentity Load(string folder)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(Path.Combine(folder, KeyFileName)));
            return key.KeySize == 256 ? new(key, File.ReadAllBytes(Path.Combine(folder, GrantFileName))) : throw new CryptographicException("not a P-256 key");
        }
        catch (Exception e) when (e is ArgumentException)
        {
            key.Dispose();
            throw new CryptographicException("not a private key", e);
        }
    }

    /// <summary>A key object of one's own: they are not safe to share between threads.</summary>
    public ECDsa CreateSigner()
    {
        lock (_key)
        {
            ECParameters parameters = _key.ExportParameters(includePrivateParameters: true);
            try
            {
                return ECDsa.Create(parameters);
            }
            finally
            {
                CryptographicOperations.ZeroMemory(parameters.D);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();
}
