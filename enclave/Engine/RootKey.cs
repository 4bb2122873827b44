using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.State;

namespace E3.Relay.Enclave.Engine;

/// <summary>The key that seals the state: born in an engine, wrapped to KMS there, reopened through an attested key only.</summary>
internal sealed class RootKey(SecretKey secret) : IDisposable
{
    /// <summary>The shortest RSA key, in bits, that a root key is wrapped to.</summary>
    public const int KmsKeyBitsMin = 2048;

    private const int TagBytes = 16;
    private readonly AesGcm _cipher = new(secret.Span, TagBytes);

    /// <summary>Makes a root key, and what can leave the engine of it: the key wrapped to a KMS key, and its commitment.</summary>
    /// <exception cref="CryptographicException">The KMS key is no RSA key, or too short.</exception>
    public static SecretKey Create(ReadOnlySpan<byte> fleetId, ReadOnlySpan<byte> kmsPublicKey, NsmClient nsm, out byte[] wrapped, out byte[] commitment)
    {
        // Whatever may fail comes before there is a key that would have to be dropped.
        using var kms = RSA.Create();
        kms.ImportSubjectPublicKeyInfo(kmsPublicKey, out _);
        if (kms.KeySize < KmsKeyBitsMin)
            throw new CryptographicException("the KMS key is too short");
        var key = new SecretKey();
        nsm.Fill(key.Span);
        wrapped = kms.Encrypt(key.Span, RSAEncryptionPadding.OaepSHA256);
        commitment = Genesis.Commit(fleetId, key.Span);
        return key;
    }

    /// <summary>Seals a key into an entry. The nonce is random: a root seals far fewer than 2^32 entries (NIST SP 800-38D section 8.3).</summary>
    public byte[] Seal(SealedEntry header, SecretKey key)
    {
        byte[] nonce = RandomNumberGenerator.GetBytes(SealedEntry.NonceBytes);
        byte[] sealedKey = new byte[SealedEntry.SealedBytes];
        _cipher.Encrypt(nonce, key.Span, sealedKey.AsSpan(0, SealedEntry.KeyBytes), sealedKey.AsSpan(SealedEntry.KeyBytes), header.AssociatedData());
        return header.Write(nonce, sealedKey);
    }

    /// <summary>Opens an entry; null when it was not sealed so under this root.</summary>
    public SecretKey? Open(SealedEntry entry)
    {
        var key = new SecretKey();
        ReadOnlySpan<byte> sealedKey = entry.Sealed.Span;
        try
        {
            _cipher.Decrypt(entry.Nonce.Span, sealedKey[..SealedEntry.KeyBytes], sealedKey[SealedEntry.KeyBytes..], key.Span, entry.AssociatedData());
            return key;
        }
        catch (AuthenticationTagMismatchException)
        {
            key.Dispose();
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _cipher.Dispose();
        secret.Dispose();
    }
}
