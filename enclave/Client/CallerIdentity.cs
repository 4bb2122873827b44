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
    private readonly string? _grantPath;
    private ReadOnlyMemory<byte> _grant;
    private DateTime _grantWritten;

    /// <summary>Takes over the key.</summary>
    public CallerIdentity(ECDsa key, ReadOnlyMemory<byte> grant)
    {
        _key = key;
        _grant = grant;
        SubjectPublicKeyInfo = key.ExportSubjectPublicKeyInfo();
        KeyId = SignedDocument.KeyId(SubjectPublicKeyInfo);
    }

    private CallerIdentity(ECDsa key, string grantPath, DateTime grantWritten)
        : this(key, File.ReadAllBytes(grantPath))
    {
        _grantPath = grantPath;
        _grantWritten = grantWritten;
    }

    /// <summary>The signed grant.</summary>
    public ReadOnlyMemory<byte> Grant
    {
        get
        {
            lock (_key)
                return _grant;
        }
    }

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
            string grant = Path.Combine(folder, GrantFileName);
            return key.KeySize == 256 ? new(key, grant, File.GetLastWriteTimeUtc(grant)) : throw new CryptographicException("not a P-256 key");
        }
        catch (Exception e) when (e is ArgumentException)
        {
            key.Dispose();
            throw new CryptographicException("not a private key", e);
        }
    }

    /// <summary>
    /// Reads the grant again when its file was renewed since. Grants end long before callers do, and sessions are opened anew every day: each is opened with the grant that is there then. One that cannot be read at
    /// the moment changes nothing.
    /// </summary>
    public void Refresh()
    {
        if (_grantPath is null)
            return;
        try
        {
            lock (_key)
            {
                DateTime written = File.GetLastWriteTimeUtc(_grantPath);
                if (written == _grantWritten)
                    return;
                _grant = File.ReadAllBytes(_grantPath);
                _grantWritten = written;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return;
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
