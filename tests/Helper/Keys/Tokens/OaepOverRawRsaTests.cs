using System.Numerics;
using System.Security.Cryptography;
using System.Text.Json;
using E3.Relay.Helper.Keys.Tokens;
using E3.Relay.Testing;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Encodings;

namespace E3.Relay.Helper.Tests.Keys.Tokens;

/// <summary>The composition that stands in for a token's own OAEP, against published vectors: BouncyCastle's padding over an RSA operation that gives the raw block.</summary>
public sealed class OaepOverRawRsaTests
{
    [Fact]
    public void Decrypt_WycheproofVectors_AreAsPublished()
    {
        string? file = Suites.TryPath("wycheproof", out string? folder) ? Directory.GetFiles(folder!, "rsa_oaep_2048*.json").FirstOrDefault() : null;
        Assert.SkipUnless(file is not null, Suites.Missing("wycheproof"));
        using JsonDocument suite = JsonDocument.Parse(File.ReadAllBytes(file!));
        int passed = 0, all = 0;
        foreach (JsonElement group in suite.RootElement.GetProperty("testGroups").EnumerateArray())
        {
            Assert.Equal("SHA-256", group.GetProperty("sha").GetString());
            using var key = RSA.Create();
            key.ImportPkcs8PrivateKey(Convert.FromHexString(group.GetProperty("privateKeyPkcs8").GetString()!), out _);
            RSAParameters parameters = key.ExportParameters(true);
            foreach (JsonElement vector in group.GetProperty("tests").EnumerateArray().Where(static vector => vector.GetProperty("label").GetString()!.Length == 0))
            {
                all++;
                byte[]? opened = Open(parameters, Convert.FromHexString(vector.GetProperty("ct").GetString()!));
                byte[]? expected = vector.GetProperty("result").GetString() == "invalid" ? null : Convert.FromHexString(vector.GetProperty("msg").GetString()!);
                Assert.True(expected is null ? opened is null : opened is not null && expected.AsSpan().SequenceEqual(opened), vector.GetProperty("tcId").ToString());
                passed++;
            }
        }

        PassedVectors.Report("RSA-OAEP over a raw RSA operation", passed, all);
    }

    private static byte[]? Open(RSAParameters key, byte[] ciphertext)
    {
        if (ciphertext.Length != key.Modulus!.Length)
            return null;
        var padding = new OaepEncoding(new TokenRsaEngine(key.Modulus, block => Raw(key, block)), new Sha256Digest(), new Sha256Digest(), null);
        padding.Init(false, null);
        try
        {
            return padding.ProcessBlock(ciphertext, 0, ciphertext.Length);
        }
        catch (InvalidCipherTextException)
        {
            return null;
        }
    }

    // What CKM_RSA_X_509 gives: the whole block, with its leading zero byte.
    private static byte[] Raw(RSAParameters key, byte[] block)
    {
        byte[] number = BigInteger.ModPow(new(block, true, true), new(key.D, true, true), new(key.Modulus, true, true)).ToByteArray(true, true);
        return [.. new byte[key.Modulus!.Length - number.Length], .. number];
    }
}
