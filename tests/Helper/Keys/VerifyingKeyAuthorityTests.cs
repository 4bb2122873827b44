using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Helper.Keys;
using E3.Relay.Helper.Tee;
using E3.Relay.Testing;

namespace E3.Relay.Helper.Tests.Keys;

public sealed class VerifyingKeyAuthorityTests : IDisposable
{
    private readonly FakeFleet _fleet = new();
    private readonly RSA _recipient = RSA.Create(2048);
    private readonly RSA _kms = RSA.Create(2048);
    private readonly VerifyingKeyAuthority _authority;
    private readonly byte[] _root = RandomNumberGenerator.GetBytes(32);
    private readonly byte[] _wrapped;

    public VerifyingKeyAuthorityTests()
    {
        _wrapped = _kms.Encrypt(_root, RSAEncryptionPadding.OaepSHA256);
        _authority = new(
            "test", new RsaWrappingKey(_kms), _kms.ExportSubjectPublicKeyInfo(), [AttestationRoot.Simulated(_fleet.Root.Certificate)],
            KeyPolicy.For(_fleet.Measurement.Pcr0, _fleet.Measurement.Pcr2), _fleet.Time);
    }

    public void Dispose()
    {
        _authority.Dispose();
        _kms.Dispose();
        _recipient.Dispose();
        _fleet.Dispose();
    }

    [Fact]
    public async Task Decrypt_AttestedKey_OpensOnlyForIt()
    {
        KeyAuthorityAnswer answer = await DecryptAsync(_fleet.Document(_recipient.ExportSubjectPublicKeyInfo()));
        Assert.Equal(KeyAuthorityError.None, answer.Error);
        Assert.Equal(_root, Open(answer.CiphertextForRecipient.ToArray(), _recipient));
        Assert.True(answer.CiphertextForRecipient.Span.IndexOf(_root) < 0);
        using var other = RSA.Create(2048);
        Assert.ThrowsAny<CryptographicException>(() => Open(answer.CiphertextForRecipient.ToArray(), other));
    }

    [Fact]
    public async Task Decrypt_OtherPcr0OrPcr2_IsRefusedByPolicy()
    {
        byte[] spki = _recipient.ExportSubjectPublicKeyInfo();
        TeeMeasurement right = _fleet.Measurement;
        await RefusesAsync(KeyAuthorityError.PolicyRefused, _fleet.Document(spki, right with { Pcr0 = right.Pcr1 }));
        await RefusesAsync(KeyAuthorityError.PolicyRefused, _fleet.Document(spki, right with { Pcr2 = right.Pcr1 }));
        Assert.Equal(KeyAuthorityError.None, (await DecryptAsync(_fleet.Document(spki, right with { Pcr1 = right.Pcr0 }))).Error);
    }

    [Fact]
    public async Task Decrypt_DebugMode_IsRefused() =>
        await RefusesAsync(KeyAuthorityError.AttestationRefused, _fleet.Document(_recipient.ExportSubjectPublicKeyInfo(), _fleet.Measurement with { Pcr0 = new byte[48] }));

    [Fact]
    public async Task Decrypt_ForeignRoot_IsRefused()
    {
        using var foreign = new FakeFleet();
        await RefusesAsync(KeyAuthorityError.AttestationRefused, foreign.Document(_recipient.ExportSubjectPublicKeyInfo(), _fleet.Measurement));
    }

    [Fact]
    public async Task Decrypt_ExpiredOrBentDocument_IsRefused()
    {
        byte[] document = _fleet.Document(_recipient.ExportSubjectPublicKeyInfo());
        byte[] bent = [.. document];
        bent[^1] ^= 1;
        await RefusesAsync(KeyAuthorityError.AttestationRefused, bent);
        await RefusesAsync(KeyAuthorityError.AttestationRefused, []);
        _fleet.Time.Advance(TimeSpan.FromHours(4));
        await RefusesAsync(KeyAuthorityError.AttestationRefused, document);
    }

    [Fact]
    public async Task Decrypt_WithoutUsablePublicKey_IsRefused()
    {
        using var small = RSA.Create(1024);
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        foreach (byte[]? key in (byte[]?[])[null, [], [1, 2, 3], small.ExportSubjectPublicKeyInfo(), curve.ExportSubjectPublicKeyInfo(), [.. _recipient.ExportSubjectPublicKeyInfo(), 0]])
            await RefusesAsync(KeyAuthorityError.RecipientKeyUnusable, _fleet.Document(key));
    }

    [Fact]
    public async Task Decrypt_BentCiphertext_IsRefused()
    {
        _wrapped[10] ^= 1;
        await RefusesAsync(KeyAuthorityError.CiphertextInvalid, _fleet.Document(_recipient.ExportSubjectPublicKeyInfo()));
    }

    // KMS's own blob is the model: but for the random parts, ours is the same byte for byte.
    [Fact]
    public void Envelope_BesideOneOfKms_HasTheSameForm()
    {
        const string Suite = "nitro/edgebit-ciphertext-for-recipient.ber";
        Assert.SkipUnless(Suites.TryPath(Suite, out string? path), Suites.Missing(Suite));
        byte[] theirs = File.ReadAllBytes(path!);
        byte[] ours = RecipientEnvelope.Seal(_root, _recipient);
        Assert.Equal(theirs.Length, ours.Length);
        foreach ((int from, int to) in (ReadOnlySpan<(int, int)>)[(0, 33), (65, 131), (387, 415), (431, 435), (483, 493)])
            Assert.Equal(Convert.ToHexString(theirs[from..to]), Convert.ToHexString(ours[from..to]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(200)]
    public void Envelope_AnyLength_Opens(int length)
    {
        byte[] content = RandomNumberGenerator.GetBytes(length);
        Assert.Equal(content, Open(RecipientEnvelope.Seal(content, _recipient), _recipient));
    }

    private static byte[] Open(byte[] envelope, RSA key)
    {
        var cms = new EnvelopedCms();
        cms.Decode(envelope);
        Assert.Equal(2, cms.Version);
        Assert.Single(cms.RecipientInfos);
        cms.Decrypt(cms.RecipientInfos[0], key);
        return cms.ContentInfo.Content;
    }

    private Task<KeyAuthorityAnswer> DecryptAsync(byte[] document) => _authority.DecryptAsync(_wrapped, document, CancellationToken.None);

    private async Task RefusesAsync(KeyAuthorityError error, byte[] document)
    {
        KeyAuthorityAnswer answer = await DecryptAsync(document);
        Assert.Equal(error, answer.Error);
        Assert.True(answer.CiphertextForRecipient.IsEmpty);
    }
}
