using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol.Messages;

namespace E3.Relay.Enclave.Protocol.Documents;

/// <summary>P-256 public keys in the one encoding that is accepted, so that one key cannot count as two.</summary>
public static class P256Key
{
    // SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING { 04 …: RFC 5480 section 2 with a named curve and an uncompressed point.
    private static ReadOnlySpan<byte> Prefix =>
    [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
    ];

    /// <summary>Reads a key.</summary>
    /// <exception cref="CryptographicException">Another encoding, another curve, or a point that is not on it.</exception>
    public static ECDsa Import(ReadOnlySpan<byte> subjectPublicKeyInfo)
    {
        if (subjectPublicKeyInfo.Length != Hello.CallerKeyBytes || !subjectPublicKeyInfo.StartsWith(Prefix))
            throw new CryptographicException();
        var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(subjectPublicKeyInfo, out _);
        return key;
    }
}
