using System.Buffers.Binary;
using System.Security.Cryptography;

namespace E3.Relay.Enclave.Engine;

/// <summary>
/// The key derivation of XAES-256-GCM (C2SP XAES-256-GCM): two AES-256-CMAC blocks (NIST SP 800-38B) in counter mode (NIST SP 800-108) over the first 12 nonce bytes give the AES-256-GCM key;
/// the last 12 are its nonce.
/// </summary>
internal static class Xaes256Gcm
{
    /// <summary>Bytes of the nonce part that selects the derived key, and of the part that is the AES-GCM nonce.</summary>
    public const int HalfNonceBytes = 12;

    private const int BlockBytes = 16;

    /// <summary>An AES-GCM instance under the derived key. The instance holds its own copy of that key until it is disposed.</summary>
    public static AesGcm Derive(SecretKey key, ReadOnlySpan<byte> prefix)
    {
        Span<byte> blocks = stackalloc byte[2 * BlockBytes];
        Span<byte> subkey = stackalloc byte[BlockBytes];
        using var aes = Aes.Create();
        aes.SetKey(key.Span);
        blocks.Clear();
        aes.EncryptEcb(blocks[..BlockBytes], subkey, PaddingMode.None);
        Double(subkey);
        for (int i = 0; i < 2; i++)
        {
            // counter u16 big-endian ‖ 'X' ‖ 00 ‖ nonce part: exactly one block, so CMAC is one encryption with the doubled subkey.
            Span<byte> block = blocks.Slice(i * BlockBytes, BlockBytes);
            BinaryPrimitives.WriteUInt16BigEndian(block, (ushort)(i + 1));
            block[2] = (byte)'X';
            block[3] = 0;
            prefix[..HalfNonceBytes].CopyTo(block[4..]);
            for (int j = 0; j < BlockBytes; j++)
                block[j] ^= subkey[j];
        }

        Span<byte> derived = stackalloc byte[2 * BlockBytes];
        aes.EncryptEcb(blocks, derived, PaddingMode.None);
        var cipher = new AesGcm(derived, BlockBytes);
        CryptographicOperations.ZeroMemory(derived);
        CryptographicOperations.ZeroMemory(subkey);
        return cipher;
    }

    // Doubling in GF(2^128), in constant time.
    private static void Double(Span<byte> block)
    {
        int carry = block[0] >> 7;
        for (int i = 0; i < BlockBytes - 1; i++)
            block[i] = unchecked((byte)((block[i] << 1) | (block[i + 1] >> 7)));
        block[^1] = unchecked((byte)((block[^1] << 1) ^ (0x87 & -carry)));
    }
}
