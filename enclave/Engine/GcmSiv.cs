using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;

namespace E3.Relay.Enclave.Engine;

/// <summary>
/// AES-256-GCM-SIV (RFC 8452) by BouncyCastle, with 12 zero bytes as nonce: the same plaintext under the same key and additional data gives the same ciphertext, which is what
/// deterministic tokens are for. RFC 8452 section 9 says what that tells an observer, and nothing else.
/// </summary>
internal static class GcmSiv
{
    private const int TagBits = 128;
    private static readonly byte[] ZeroNonce = new byte[12];

    /// <summary>Encrypts into <paramref name="output"/>, 16 bytes longer than the text.</summary>
    public static void Seal(SecretKey key, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> text, Span<byte> output) => Process(key, associatedData, text, output, encrypt: true);

    /// <summary>Decrypts into <paramref name="output"/>, 16 bytes shorter than the ciphertext; false when the tag is wrong.</summary>
    public static bool TryOpen(SecretKey key, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> ciphertext, Span<byte> output)
    {
        try
        {
            Process(key, associatedData, ciphertext, output, encrypt: false);
            return true;
        }
        catch (InvalidCipherTextException)
        {
            return false;
        }
    }

    private static void Process(SecretKey key, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> input, Span<byte> output, bool encrypt)
    {
        var cipher = new GcmSivBlockCipher();
        cipher.Init(encrypt, new AeadParameters(new KeyParameter(key.Span), TagBits, ZeroNonce, associatedData.ToArray()));
        byte[] result = new byte[cipher.GetOutputSize(input.Length)];
        int written = cipher.ProcessBytes(input, result);
        written += cipher.DoFinal(result.AsSpan(written));
        result.AsSpan(0, written).CopyTo(output);
        CryptographicOperations.ZeroMemory(result);
    }
}
