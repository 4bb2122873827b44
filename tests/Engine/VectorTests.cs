using System.Text;
using System.Text.Json;
using E3.Relay.Testing;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Fpe;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;

namespace E3.Relay.Enclave.Engine.Tests;

/// <summary>Published vectors for the constructions that a library implements, through the calls that the engine makes.</summary>
public sealed class VectorTests
{
    /// <summary>NIST, "FF1 samples" for SP 800-38G, samples 7 to 9: the ones with AES-256.</summary>
    [Theory]
    [InlineData(10, "", "0123456789", "6657667009")]
    [InlineData(10, "39383736353433323130", "0123456789", "1001623463")]
    [InlineData(36, "3737373770717273373737", "0123456789abcdefghi", "xs8a0azh2avyalyzuwd")]
    public void Ff1_SamplesOfNist_AreMet(int radix, string tweak, string text, string expected)
    {
        const string Numerals = "0123456789abcdefghijklmnopqrstuvwxyz";
        byte[] key = Convert.FromHexString("2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94");
        byte[] numerals = [.. text.Select(static character => (byte)Numerals.IndexOf(character, StringComparison.Ordinal))];
        var engine = new FpeFf1Engine();
        engine.Init(true, new FpeParameters(new KeyParameter(key), radix, Convert.FromHexString(tweak)));
        engine.ProcessBlock(numerals, 0, numerals.Length, numerals, 0);
        Assert.Equal(expected, string.Concat(numerals.Select(static numeral => Numerals[numeral])));
    }

    [Fact]
    public void GcmSiv_OfWycheproof_IsMet()
    {
        if (!Suites.TryPath("wycheproof/aes_gcm_siv_test.json", out string? path))
            Assert.Skip(Suites.Missing("wycheproof/aes_gcm_siv_test.json"));
        using JsonDocument suite = JsonDocument.Parse(File.ReadAllBytes(path!));
        int count = 0;
        foreach (JsonElement group in suite.RootElement.GetProperty("testGroups").EnumerateArray().Where(static group => group.GetProperty("keySize").GetInt32() == 256))
        {
            foreach (JsonElement test in group.GetProperty("tests").EnumerateArray())
            {
                byte[] Hex(string name) => Convert.FromHexString(test.GetProperty(name).GetString()!);
                bool valid = test.GetProperty("result").GetString() == "valid";
                Assert.Equal(valid, Opens(Hex("key"), Hex("iv"), Hex("aad"), [.. Hex("ct"), .. Hex("tag")], Hex("msg")));
                count++;
            }
        }

        Assert.True(count > 50);
        TestContext.Current.SendDiagnosticMessage("AES-256-GCM-SIV: {0} vectors of Wycheproof", count);
    }

    [Fact]
    public void GcmSiv_OfTheEngine_IsTheLibrarysWithAZeroNonce()
    {
        using var key = new SecretKey();
        key.Span.Fill(7);
        byte[] text = Encoding.UTF8.GetBytes("the same text"), associatedData = [1, 2, 3], output = new byte[text.Length + 16], opened = new byte[text.Length];
        GcmSiv.Seal(key, associatedData, text, output);
        Assert.True(Opens(key.Span.ToArray(), new byte[12], associatedData, output, text));
        Assert.True(GcmSiv.TryOpen(key, associatedData, output, opened));
        Assert.Equal(text, opened);
        output[^1] ^= 1;
        Assert.False(GcmSiv.TryOpen(key, associatedData, output, opened));
    }

    private static bool Opens(byte[] key, byte[] nonce, byte[] associatedData, byte[] sealedText, byte[] expected)
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
