using System.Formats.Cbor;
using System.Security.Cryptography;
using System.Text.Json;
using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Testing;

namespace E3.Relay.Enclave.Client.Tests.Attestation;

/// <summary>Documents that AWS signed, each judged at its own time.</summary>
public sealed class NitroSuiteTests
{
    private const string Expected = "nitro/expected.json";

    public static TheoryData<string> Documents =>
    [
        "anjuna-attester-full.bin", "anjuna-attester-prod.bin", "anjuna-prod-publickey.cbor", "evervault-beta-debug.cbor", "evervault-beta-valid.cbor",
        "evervault-nondebug-ra-cert-embedded-doc.cbor", "veracruz-good.cbor", "veracruz-bad-sig.cbor",
    ];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Document_AtItsOwnTime_IsJudgedRightly(string name)
    {
        (byte[] bytes, JsonElement expected) = Load(name);
        bool signed = expected.GetProperty("expect").GetString()!.StartsWith("VALID", StringComparison.Ordinal);
        bool production = expected.GetProperty("pcrs").TryGetProperty("0", out _);
        AttestationError right = !signed ? AttestationError.SignatureInvalid : production ? AttestationError.None : AttestationError.DebugMode;

        Assert.Equal(right, AttestationVerifier.VerifyDocument(bytes, [AttestationRoot.AwsNitro], TimeOf(expected), out AttestationDocument document));

        if (right == AttestationError.None)
            AssertContent(document, expected);
        else
            Assert.Null(document);
    }

    [Fact]
    public void Suite_Listed_IsComplete()
    {
        using JsonDocument all = Index();
        Assert.Equal(all.RootElement.EnumerateObject().Select(static entry => entry.Name).Order(), Documents.Select(static row => row.Data).Order());
        foreach (string name in Documents.Select(static row => row.Data))
            Document_AtItsOwnTime_IsJudgedRightly(name);
        PassedVectors.Report("attestation documents of AWS", Documents.Count, Documents.Count);
    }

    [Theory]
    [InlineData(-3)]
    [InlineData(4)]
    public void Document_HoursFromItsTime_IsOutsideValidity(int hours)
    {
        (byte[] bytes, JsonElement expected) = Load("anjuna-attester-prod.bin");
        AttestationError error = AttestationVerifier.VerifyDocument(bytes, [AttestationRoot.AwsNitro], TimeOf(expected).AddHours(hours), out _);
        Assert.Equal(AttestationError.ChainOutsideValidity, error);
    }

    [Fact]
    public void Document_UnderSimulatedRootOnly_IsUntrusted()
    {
        using var module = new FakeModule();
        (byte[] bytes, JsonElement expected) = Load("anjuna-attester-prod.bin");
        AttestationError error = AttestationVerifier.VerifyDocument(bytes, [AttestationRoot.Simulated(module.Root)], TimeOf(expected), out _);
        Assert.Equal(AttestationError.ChainUntrusted, error);
    }

    /// <summary>The ES384 vector of AWS's own COSE library, under the key that it comes with. No chain leads to that key, so the parts are judged alone.</summary>
    [Fact]
    public void CoseSign1_VectorOfAws_Verifies()
    {
        const string Vector = "nitro/aws-cose-es384-sign1.cbor";
        Assert.SkipUnless(Suites.TryPath(Vector, out string? path), Suites.Missing(Vector));
        byte[] vector = File.ReadAllBytes(path!);

        // Its unprotected header names a key, which no Nitro document does; it is not signed, and is taken out.
        Assert.Equal(AttestationError.UnprotectedHeaderNotEmpty, CoseSign1.Read(vector, acceptsEmulated: false, out _));
        byte[] document = [.. vector[..6], 0xa0, .. vector[11..]];
        using var key = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP384,
            Q = new()
            {
                X = Convert.FromHexString("5a829f62f2f4f095c0e922719285b4b981c677912870a413137a5d7319916fa8584a6036951d06ffeae99ca73ab1a2dc"),
                Y = Convert.FromHexString("e1b76e08cb20d6afcea7423f8b49ec841dde6f210a6174750bf8136a315494224df153184557a6c29a1d7994804f604c"),
            },
        });
        Assert.True(Verifies(document));
        for (int at = document.Length - 1; at > 6; at -= 7)
        {
            document[at] ^= 1;
            Assert.False(Verifies(document));
            document[at] ^= 1;
        }

        PassedVectors.Report("COSE_Sign1 ES384, AWS", 1, 1);

        bool Verifies(byte[] bytes)
        {
            try
            {
                return CoseSign1.Read(bytes, acceptsEmulated: false, out CoseSign1 message) == AttestationError.None
                    && key.VerifyData(message.SignedBytes(), message.Signature.Span, HashAlgorithmName.SHA384, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
            }
            catch (CborContentException)
            {
                return false;
            }
        }
    }

    [Fact]
    public void AwsRoot_Embedded_HasThePublishedDigest()
    {
        Assert.Equal("641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b", Convert.ToHexStringLower(SHA256.HashData(AttestationRoot.AwsNitro.Certificate!.RawData)));
        Assert.False(AttestationRoot.AwsNitro.IsSimulated);
    }

    private static void AssertContent(AttestationDocument document, JsonElement expected)
    {
        Assert.Equal(expected.GetProperty("module_id").GetString(), document.ModuleId);
        for (int index = 0; index < 16; index++)
        {
            string hex = Convert.ToHexStringLower(document.Pcr(index)!.Value.Span);
            Assert.Equal(expected.GetProperty("pcrs").TryGetProperty($"{index}", out JsonElement pcr) ? pcr.GetString() : new string('0', 96), hex);
        }

        Assert.Equal(Length(expected, "public_key_len"), document.PublicKey?.Length);
        Assert.Equal(Length(expected, "user_data_len"), document.UserData?.Length);
        Assert.Equal(Length(expected, "nonce_len"), document.Nonce?.Length);
        Assert.False(document.Root.IsSimulated);
    }

    private static int? Length(JsonElement expected, string name) =>
        expected.GetProperty(name).ValueKind == JsonValueKind.Null ? null : expected.GetProperty(name).GetInt32();

    private static DateTimeOffset TimeOf(JsonElement expected) => DateTimeOffset.FromUnixTimeMilliseconds(expected.GetProperty("timestamp").GetInt64());

    private static (byte[] Bytes, JsonElement Expected) Load(string name)
    {
        using JsonDocument all = Index();
        Assert.True(Suites.TryPath($"nitro/{name}", out string? path));
        return (File.ReadAllBytes(path), all.RootElement.GetProperty(name).Clone());
    }

    private static JsonDocument Index()
    {
        Assert.SkipUnless(Suites.TryPath(Expected, out string? path), Suites.Missing(Expected));
        return JsonDocument.Parse(File.ReadAllBytes(path!));
    }
}
