using System.Security.Cryptography;
using System.Text;
using E3.Relay.Testing;
using Org.BouncyCastle.Crypto.Digests;

namespace E3.Relay.Enclave.Engine.Tests.Vectors;

/// <summary>The test vectors of the specification (C2SP XAES-256-GCM, section "Test vectors"): two, and the accumulated one.</summary>
public sealed class Xaes256GcmTests
{
    private const int Iterations = 10_000;

    [Fact]
    public void Vectors_OfTheSpecification_AreMet()
    {
        Assert.Equal("ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271", Seal(0x01, ""));
        Assert.Equal("986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d", Seal(0x03, "c2sp.org/XAES-256-GCM"));
        Assert.Equal("e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939", Accumulate());
        PassedVectors.Report("XAES-256-GCM, C2SP", 3, 4, "the fourth is the accumulated one with a million steps");
    }

    private static string Seal(byte keyByte, string associatedData)
    {
        byte[] key = [.. Enumerable.Repeat(keyByte, SecretKey.Bytes)];
        return Convert.ToHexStringLower(Seal(key, Encoding.ASCII.GetBytes("ABCDEFGHIJKLMNOPQRSTUVWX"), Encoding.ASCII.GetBytes("XAES-256-GCM"), Encoding.ASCII.GetBytes(associatedData)));
    }

    private static byte[] Seal(byte[] keyBytes, byte[] nonce, byte[] text, byte[] associatedData)
    {
        using var key = new SecretKey();
        keyBytes.CopyTo(key.Span);
        using AesGcm cipher = Xaes256Gcm.Derive(key, nonce);
        byte[] sealedText = new byte[text.Length + 16];
        cipher.Encrypt(nonce.AsSpan(Xaes256Gcm.HalfNonceBytes), text, sealedText.AsSpan(0, text.Length), sealedText.AsSpan(text.Length), associatedData);
        return sealedText;
    }

    // Keys, nonces, texts and additional data come from one SHAKE128; a second one digests what is sealed.
    private static string Accumulate()
    {
        var source = new ShakeDigest(128);
        var digest = new ShakeDigest(128);
        for (int i = 0; i < Iterations; i++)
        {
            byte[] key = Read(source, 32), nonce = Read(source, 24), text = Read(source, Read(source, 1)[0]), associatedData = Read(source, Read(source, 1)[0]);
            byte[] sealedText = Seal(key, nonce, text, associatedData);
            digest.BlockUpdate(sealedText, 0, sealedText.Length);
        }

        return Convert.ToHexStringLower(Read(digest, 32));
    }

    private static byte[] Read(ShakeDigest shake, int count)
    {
        byte[] bytes = new byte[count];
        shake.Output(bytes, 0, count);
        return bytes;
    }
}
