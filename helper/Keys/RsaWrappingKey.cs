using System.Security.Cryptography;

namespace E3.Relay.Helper.Keys;

/// <summary>A private key in this process's memory.</summary>
internal sealed class RsaWrappingKey(RSA key) : IWrappingKey
{
    private readonly Lock _lock = new();

    public ReadOnlyMemory<byte> PublicKey { get; } = key.ExportSubjectPublicKeyInfo();

    public byte[]? Unwrap(ReadOnlySpan<byte> wrapped)
    {
        try
        {
            lock (_lock)
                return key.Decrypt(wrapped, RSAEncryptionPadding.OaepSHA256);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    public void Dispose() => key.Dispose();
}
