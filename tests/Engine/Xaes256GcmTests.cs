using System.Security.Cryptography;

namespace E3.Relay.Enclave.Engine.Tests;

/// <summary>The test vectors of the specification (C2SP XAES-256-GCM, section "Test vectors").</summary>
public sealed class Xaes256GcmTests
{
    [Theory]
    [InlineData(0x01, "", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271")]
    [InlineData(0x03, "c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d")]
    public void Vectors_OfTheSpecification_AreMet(byte keyByte, string aad, string expected)
    {
        using var key = new SecretKey();
        key.Span.Fill(keyByte);
        ReadOnlySpan<byte> nonce = "ABCDEFGHIJKLMNOPQRSTUVWX"u8;
        using AesGcm cipher = Xaes256Gcm.Derive(key, nonce);
        byte[] sealedBytes = new byte[12 + 16];
        cipher.Encrypt(nonce[12..], "XAES-256-GCM"u8, sealedBytes.AsSpan(0, 12), sealedBytes.AsSpan(12), System.Text.Encoding.ASCII.GetBytes(aad));
        Assert.Equal(expected, Convert.ToHexStringLower(sealedBytes));
    }
}
