using Org.BouncyCastle.Crypto;

namespace E3.Relay.Helper.Keys.Tokens;

/// <summary>
/// The RSA private operation (RSADP, RFC 8017 section 5.1.2) of a token in the form in which BouncyCastle's OAEP wants it. For tokens that can do OAEP with SHA-1 only, as SoftHSM 2.6 can.
/// </summary>
/// <param name="modulus">The modulus, without leading zero bytes; its length is a whole number of bytes.</param>
/// <param name="decrypt">The token's raw operation (CKM_RSA_X_509).</param>
internal sealed class TokenRsaEngine(byte[] modulus, Func<byte[], byte[]> decrypt) : IAsymmetricBlockCipher
{
    public string AlgorithmName => "RSA";

    public void Init(bool forEncryption, ICipherParameters parameters)
    {
        if (forEncryption)
            throw new ArgumentException("A token's private key only decrypts.", nameof(forEncryption));
    }

    public int GetInputBlockSize() => modulus.Length;

    public int GetOutputBlockSize() => modulus.Length - 1;

    /// <summary>The message representative as a number without its leading zero byte; one that is too large keeps its length, which the padding then refuses.</summary>
    /// <exception cref="InvalidCipherTextException">The ciphertext representative is out of range (step 1): another writing of the same ciphertext.</exception>
    public byte[] ProcessBlock(byte[] inBuf, int inOff, int inLen)
    {
        byte[] ciphertext = inBuf.AsSpan(inOff, inLen).ToArray();
        if (ciphertext.Length != modulus.Length || ciphertext.AsSpan().SequenceCompareTo(modulus) >= 0)
            throw new InvalidCipherTextException("out of range");
        byte[] block = decrypt(ciphertext);
        return block.Length == GetInputBlockSize() && block[0] == 0 ? block[1..] : block;
    }
}
