using System.Security.Cryptography;
using System.Text.Json;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Testing;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Fpe;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;

namespace E3.Relay.Enclave.Engine.Tests.Vectors;

/// <summary>Published vectors for everything that a library does for the engine, through the calls that the engine makes. HKDF is not used, and no key is agreed by ECDH.</summary>
public sealed class PublishedVectorTests
{
    private const string OtherParameters = "the others have key sizes or nonces that the engine never uses";

    /// <summary>NIST, "FF1 samples" for SP 800-38G, samples 7 to 9: the ones with AES-256.</summary>
    [Fact]
    public void Ff1_SamplesOfNist_AreMet()
    {
        (int Radix, string Tweak, string Text, string Expected)[] samples =
        [
            (10, "", "0123456789", "6657667009"), (10, "39383736353433323130", "0123456789", "1001623463"), (36, "3737373770717273373737", "0123456789abcdefghi", "xs8a0azh2avyalyzuwd"),
        ];
        const string Numerals = "0123456789abcdefghijklmnopqrstuvwxyz";
        byte[] key = Convert.FromHexString("2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94");
        foreach ((int radix, string tweak, string text, string expected) in samples)
        {
            byte[] numerals = [.. text.Select(static character => (byte)Numerals.IndexOf(character, StringComparison.Ordinal))];
            var engine = new FpeFf1Engine();
            engine.Init(true, new FpeParameters(new KeyParameter(key), radix, Convert.FromHexString(tweak)));
            engine.ProcessBlock(numerals, 0, numerals.Length, numerals, 0);
            Assert.Equal(expected, string.Concat(numerals.Select(static numeral => Numerals[numeral])));
        }

        PassedVectors.Report("FF1, NIST samples", samples.Length, 9, "the others have AES-128 and AES-192");
    }

    [Fact]
    public void GcmSiv_OfWycheproof_IsMet() => Wycheproof.Run(
        "aes_gcm_siv_test.json", "AES-GCM-SIV, Wycheproof", "the others have AES-128", static group => group.GetProperty("keySize").GetInt32() == 256, static (_, vector) =>
            Assert.Equal(vector.IsValid(), OpensGcmSiv(vector.Bytes("key"), vector.Bytes("iv"), vector.Bytes("aad"), [.. vector.Bytes("ct"), .. vector.Bytes("tag")], vector.Bytes("msg"))));

    /// <summary>RFC 8452 appendix C.3: the vectors with 12 zero bytes as nonce, which is the engine's.</summary>
    [Fact]
    public void GcmSiv_CounterWrapOfRfc8452_IsMetByTheEnginesOwnCalls()
    {
        (string Text, string Result)[] vectors =
        [
            ("000000000000000000000000000000004db923dc793ee6497c76dcc03a98e108", "f3f80f2cf0cb2dd9c5984fcda908456cc537703b5ba70324a6793a7bf218d3eaffffffff000000000000000000000000"),
            ("eb3640277c7ffd1303c7a542d02d3e4c0000000000000000", "18ce4f0b8cb4d0cac65fea8f79257b20888e53e72299e56dffffffff000000000000000000000000"),
        ];
        using var key = new SecretKey();
        foreach ((string text, string result) in vectors)
        {
            byte[] output = new byte[result.Length / 2], opened = new byte[text.Length / 2];
            GcmSiv.Seal(key, [], Convert.FromHexString(text), output);
            Assert.Equal(result, Convert.ToHexStringLower(output));
            Assert.True(GcmSiv.TryOpen(key, [], output, opened));
            Assert.Equal(text, Convert.ToHexStringLower(opened));
            output[^1] ^= 1;
            Assert.False(GcmSiv.TryOpen(key, [], output, opened));
        }

        PassedVectors.Report("AES-GCM-SIV, RFC 8452 appendix C.3", vectors.Length, 2);
    }

    [Fact]
    public void AesGcm_OfWycheproof_IsMet() => Wycheproof.Run(
        "aes_gcm_test.json", "AES-GCM, Wycheproof", OtherParameters, static group => group.GetProperty("keySize").GetInt32() == 256 && group.GetProperty("ivSize").GetInt32() == 96, static (_, vector) =>
        {
            byte[] message = vector.Bytes("msg"), ciphertext = vector.Bytes("ct"), tag = vector.Bytes("tag"), opened = new byte[ciphertext.Length];
            using var cipher = new AesGcm(vector.Bytes("key"), tag.Length);
            if (!vector.IsValid())
            {
                Assert.Throws<AuthenticationTagMismatchException>(() => cipher.Decrypt(vector.Bytes("iv"), ciphertext, tag, opened, vector.Bytes("aad")));
                Assert.DoesNotContain(opened, static written => written != 0);
                return;
            }

            cipher.Decrypt(vector.Bytes("iv"), ciphertext, tag, opened, vector.Bytes("aad"));
            Assert.Equal(message, opened);
            byte[] made = new byte[message.Length], madeTag = new byte[tag.Length];
            cipher.Encrypt(vector.Bytes("iv"), message, made, madeTag, vector.Bytes("aad"));
            Assert.Equal([.. ciphertext, .. tag], (byte[])[.. made, .. madeTag]);
        });

    /// <summary>As frames and documents are verified: a key by <see cref="P256Key"/>, the digest, and r ‖ s. A signature of another length has no place in either.</summary>
    [Fact]
    public void Ecdsa_OfWycheproof_IsMet() => Wycheproof.Run("ecdsa_secp256r1_sha256_p1363_test.json", "ECDSA P-256, Wycheproof", "", static _ => true, static (group, vector) =>
    {
        using ECDsa key = P256Key.Import(group.Bytes("publicKeyDer"));
        Assert.True(vector.IsValid() == key.VerifyHash(SHA256.HashData(vector.Bytes("msg")), vector.Bytes("sig")), vector.Id());
    });

    /// <summary>What KMS encrypts is opened inside a CMS blob. Labels do not occur there, so a ciphertext with one must not open.</summary>
    [Fact]
    public void RsaOaep_OfWycheproof_IsMet() => Wycheproof.Run("rsa_oaep_2048_sha256_mgf1sha256_test.json", "RSA-OAEP-2048, Wycheproof", "", static _ => true, static (group, vector) =>
    {
        using var key = RSA.Create();
        key.ImportPkcs8PrivateKey(group.Bytes("privateKeyPkcs8"), out _);
        byte[] ciphertext = vector.Bytes("ct");
        if (vector.IsValid() && vector.Bytes("label").Length == 0)
        {
            Assert.Equal(vector.Bytes("msg"), key.Decrypt(ciphertext, RSAEncryptionPadding.OaepSHA256));
            return;
        }

        Assert.ThrowsAny<CryptographicException>(() => key.Decrypt(ciphertext, RSAEncryptionPadding.OaepSHA256));
        if (ciphertext.Length == key.KeySize / 8)
            Assert.Null(RecipientKey.Open(WithEncryptedKey(key, ciphertext), key));
    });

    /// <summary>A blob of the real KMS, with the key that it was made for.</summary>
    [Fact]
    public void RecipientKey_BlobOfKms_Opens()
    {
        const string Blob = "nitro/edgebit-ciphertext-for-recipient.ber";
        Assert.SkipUnless(Suites.TryPath(Blob, out string? path), Suites.Missing(Blob));
        string folder = Path.GetDirectoryName(path)!;
        using JsonDocument recipient = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "edgebit-recipient.json")));
        using var rsa = RSA.Create();
        JsonElement parts = recipient.RootElement.GetProperty("rsa");
        byte[] Part(string name, int bytes) => Convert.FromHexString(parts.Text(name).PadLeft(2 * bytes, '0'));
        rsa.ImportParameters(new()
        {
            Modulus = Part("n", 256),
            Exponent = Part("e", 3),
            D = Part("d", 256),
            P = Part("p", 128),
            Q = Part("q", 128),
            DP = Part("dp", 128),
            DQ = Part("dq", 128),
            InverseQ = Part("qinv", 128),
        });
        using SecretKey? key = RecipientKey.Open(File.ReadAllBytes(path!), rsa);
        Assert.Equal(File.ReadAllBytes(Path.Combine(folder, "edgebit-plaintext.bin")), key?.Span.ToArray());
        PassedVectors.Report("CiphertextForRecipient of KMS", 1, 1);
    }

    /// <summary>Two more blobs of the real KMS, one with constructed and one with primitive content, whose keys nobody has: their form is accepted, and they are for somebody else.</summary>
    [Theory]
    [InlineData("nitro/sdkc-input_ber.bin")]
    [InlineData("nitro/sdkc-input_ber_w_ctx.bin")]
    public void RecipientKey_BlobOfKmsForAnotherKey_IsReadAndNotOpened(string file)
    {
        Assert.SkipUnless(Suites.TryPath(file, out string? path), Suites.Missing(file));
        byte[] blob = File.ReadAllBytes(path!);
        var cms = new System.Security.Cryptography.Pkcs.EnvelopedCms();
        cms.Decode(blob);
        var recipient = Assert.IsType<System.Security.Cryptography.Pkcs.KeyTransRecipientInfo>(Assert.Single(cms.RecipientInfos.Cast<object>()));
        Assert.Equal((2, 2, "1.2.840.113549.1.1.7", "2.16.840.1.101.3.4.1.42"), (cms.Version, recipient.Version, recipient.KeyEncryptionAlgorithm.Oid.Value, cms.ContentEncryptionAlgorithm.Oid.Value));
        Assert.Equal(64, Assert.IsType<string>(recipient.RecipientIdentifier.Value).Length);
        using var foreign = RSA.Create(recipient.EncryptedKey.Length * 8);
        Assert.Null(RecipientKey.Open(blob, foreign));
        for (int length = 0; length < blob.Length; length++)
            Assert.Null(RecipientKey.Open(blob.AsSpan(0, length), foreign));
        PassedVectors.Report($"CiphertextForRecipient of KMS, {Path.GetFileName(file)}", 1, 1);
    }

    [Theory]
    [InlineData(2048)]
    [InlineData(3072)]
    [InlineData(4096)]
    public void RecipientKey_OfEachSize_OpensWhatIsForIt(int bits)
    {
        using var rsa = RSA.Create(bits);
        byte[] content = RandomNumberGenerator.GetBytes(SecretKey.Bytes);
        using SecretKey? key = RecipientKey.Open(TestFleet.Envelope(content, rsa.ExportSubjectPublicKeyInfo()), rsa);
        Assert.Equal(content, key?.Span.ToArray());
    }

    private static byte[] WithEncryptedKey(RSA key, byte[] encryptedKey)
    {
        byte[] blob = TestFleet.Envelope(new byte[SecretKey.Bytes], key.ExportSubjectPublicKeyInfo());
        var cms = new System.Security.Cryptography.Pkcs.EnvelopedCms();
        cms.Decode(blob);
        int at = blob.AsSpan().IndexOf(cms.RecipientInfos[0].EncryptedKey);
        Assert.True(at > 0);
        encryptedKey.CopyTo(blob, at);
        return blob;
    }

    private static bool OpensGcmSiv(byte[] key, byte[] nonce, byte[] associatedData, byte[] sealedText, byte[] expected)
    {
        try
        {
            var cipher = new GcmSivBlockCipher();
            cipher.Init(false, new AeadParameters(new KeyParameter(key), 128, nonce, associatedData));
            byte[] output = new byte[cipher.GetOutputSize(sealedText.Length)];
            int written = cipher.ProcessBytes(sealedText, output);
            written += cipher.DoFinal(output.AsSpan(written));
            return output.AsSpan(0, written).SequenceEqual(expected);
        }
        catch (Exception e) when (e is InvalidCipherTextException or ArgumentException)
        {
            return false;
        }
    }
}
