using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Helper.Keys;
using E3.Relay.Testing;
using Microsoft.Extensions.Time.Testing;

namespace E3.Relay.Helper.Tests.Keys;

/// <summary>What a key authority says to documents that AWS signed, each at the time that it was made.</summary>
public sealed class RealDocumentTests : IDisposable
{
    private const string WithRsaKey = "anjuna-prod-publickey.cbor";
    private readonly RSA _key = RSA.Create(2048);

    public void Dispose() => _key.Dispose();

    [Fact]
    public async Task Decrypt_DocumentWithAnRsaKey_IsAnsweredForThatKey()
    {
        KeyAuthorityAnswer answer = await AskAsync(WithRsaKey);
        Assert.Equal(KeyAuthorityError.None, answer.Error);
        Assert.Equal(AttestationError.None, AttestationVerifier.VerifyDocument(Read(WithRsaKey), [AttestationRoot.AwsNitro], Time(WithRsaKey), out AttestationDocument document));
        var cms = new EnvelopedCms();
        cms.Decode(answer.CiphertextForRecipient.Span);
        Assert.Equal(Convert.ToHexString(SHA256.HashData(document.PublicKey!.Value.Span)), cms.RecipientInfos[0].RecipientIdentifier.Value);
    }

    [Theory]
    [InlineData("evervault-beta-debug.cbor", nameof(AttestationError.DebugMode))]
    [InlineData("anjuna-attester-full.bin", nameof(AttestationError.DebugMode))]
    [InlineData("veracruz-bad-sig.cbor", nameof(AttestationError.SignatureInvalid))]
    public async Task Decrypt_DebugOrForgedDocument_IsRefused(string file, string reason) => Refused(await AskAsync(file, policyOf: WithRsaKey), KeyAuthorityError.AttestationRefused, reason);

    [Theory]
    [InlineData("veracruz-good.cbor")]
    [InlineData("anjuna-attester-prod.bin")]
    [InlineData("evervault-nondebug-ra-cert-embedded-doc.cbor")]
    public async Task Decrypt_DocumentWithoutAKey_IsRefused(string file) => Refused(await AskAsync(file), KeyAuthorityError.RecipientKeyUnusable);

    [Fact]
    public async Task Decrypt_DocumentOfAnotherImage_IsRefused() => Refused(await AskAsync(WithRsaKey, policyOf: "veracruz-good.cbor"), KeyAuthorityError.PolicyRefused);

    [Theory]
    [InlineData(4)]
    [InlineData(24 * 365)]
    [InlineData(-24)]
    public async Task Decrypt_DocumentOutsideItsTime_IsRefused(int hours) =>
        Refused(await AskAsync(WithRsaKey, TimeSpan.FromHours(hours)), KeyAuthorityError.AttestationRefused, nameof(AttestationError.ChainOutsideValidity));

    [Fact]
    public async Task Decrypt_DocumentOfAwsWhereOnlyAnotherRootIsTrusted_IsRefused()
    {
        using var fleet = new FakeFleet();
        Refused(await AskAsync(WithRsaKey, root: AttestationRoot.Simulated(fleet.Root.Certificate)), KeyAuthorityError.AttestationRefused, nameof(AttestationError.ChainUntrusted));
    }

    [Fact]
    public async Task Decrypt_SimulatedDocumentWhereOnlyAwsIsTrusted_IsRefused()
    {
        using var fleet = new FakeFleet();
        using var authority = new VerifyingKeyAuthority(
            "test", new RsaWrappingKey(_key), _key.ExportSubjectPublicKeyInfo(), [AttestationRoot.AwsNitro], KeyPolicy.For(fleet.Measurement.Pcr0, fleet.Measurement.Pcr2), fleet.Time);
        Refused(await authority.DecryptAsync(Wrapped(), fleet.Document(_key.ExportSubjectPublicKeyInfo()), CancellationToken.None), KeyAuthorityError.AttestationRefused, nameof(AttestationError.ChainUntrusted));
    }

    // The root's own name and key under another signature: what is pinned is the certificate.
    [Fact]
    public async Task Decrypt_RootOfTheSameName_IsRefused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var request = new CertificateRequest(AttestationRoot.AwsNitro.Certificate!.SubjectName, key, HashAlgorithmName.SHA384);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using X509Certificate2 impostor = request.CreateSelfSigned(new(2019, 1, 1, 0, 0, 0, TimeSpan.Zero), new(2049, 1, 1, 0, 0, 0, TimeSpan.Zero));
        Refused(await AskAsync(WithRsaKey, root: AttestationRoot.Simulated(impostor)), KeyAuthorityError.AttestationRefused, nameof(AttestationError.ChainUntrusted));
    }

    private async Task<KeyAuthorityAnswer> AskAsync(string file, TimeSpan later = default, string? policyOf = null, AttestationRoot? root = null)
    {
        JsonElement pcrs = Expected(policyOf ?? file).GetProperty("pcrs");
        KeyPolicy policy = KeyPolicy.For(Convert.FromHexString(pcrs.GetProperty("0").GetString()!), Convert.FromHexString(pcrs.GetProperty("2").GetString()!));
        using var authority = new VerifyingKeyAuthority("test", new RsaWrappingKey(_key), _key.ExportSubjectPublicKeyInfo(), [root ?? AttestationRoot.AwsNitro], policy, new FakeTimeProvider(Time(file) + later));
        return await authority.DecryptAsync(Wrapped(), Read(file), CancellationToken.None);
    }

    private byte[] Wrapped() => _key.Encrypt(new byte[32], RSAEncryptionPadding.OaepSHA256);

    private static void Refused(KeyAuthorityAnswer answer, KeyAuthorityError error, string detail = "")
    {
        Assert.Equal(error, answer.Error);
        Assert.Equal(detail, answer.Detail);
        Assert.True(answer.CiphertextForRecipient.IsEmpty);
    }

    private static DateTimeOffset Time(string file) => DateTimeOffset.FromUnixTimeMilliseconds(Expected(file).GetProperty("timestamp").GetInt64());

    private static JsonElement Expected(string file) => JsonDocument.Parse(Read("expected.json")).RootElement.GetProperty(file);

    private static byte[] Read(string file)
    {
        Assert.SkipUnless(Suites.TryPath($"nitro/{file}", out string? path), Suites.Missing($"nitro/{file}"));
        return File.ReadAllBytes(path!);
    }
}
