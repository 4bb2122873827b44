using System.Security.Cryptography;
using System.Text;
using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Enclave.Engine;
using E3.Relay.Helper.Keys;
using E3.Relay.Helper.Keys.Tokens;

namespace E3.Relay.Helper.Tests.Keys.Tokens;

[Collection(nameof(SoftToken))]
public sealed class TokenWrappingKeyTests
{
    [Theory]
    [InlineData(2048)]
    [InlineData(3072)]
    [InlineData(4096)]
    public void Unwrap_WhatWasWrappedToItsPublicHalf_Opens(int bits)
    {
        SoftToken token = SoftToken.Require();
        using var key = new TokenWrappingKey(token.Options(token.CreateKey(bits)), Pin());
        using var publicKey = RSA.Create();
        publicKey.ImportSubjectPublicKeyInfo(key.PublicKey.Span, out _);
        Assert.Equal(bits, publicKey.KeySize);
        byte[] root = RandomNumberGenerator.GetBytes(32);
        for (int i = 0; i < 3; i++)
            Assert.Equal(root, key.Unwrap(publicKey.Encrypt(root, RSAEncryptionPadding.OaepSHA256)));
    }

    [Fact]
    public void Unwrap_AnythingElse_GivesNothing()
    {
        SoftToken token = SoftToken.Require();
        using var key = new TokenWrappingKey(token.Options(token.CreateKey()), Pin());
        using var publicKey = RSA.Create();
        publicKey.ImportSubjectPublicKeyInfo(key.PublicKey.Span, out _);
        byte[] good = publicKey.Encrypt(new byte[32], RSAEncryptionPadding.OaepSHA256);
        Assert.NotNull(key.Unwrap(good));
        for (int i = 1; i < 40; i++)
        {
            byte[] bent = [.. good];
            bent[^i] ^= 1;
            Assert.Null(key.Unwrap(bent));
        }

        Assert.Null(key.Unwrap([]));
        Assert.Null(key.Unwrap(good.AsSpan(1)));
        Assert.Null(key.Unwrap(new byte[256]));
        Assert.Null(key.Unwrap(publicKey.Encrypt(new byte[32], RSAEncryptionPadding.OaepSHA1)));
        Assert.Null(key.Unwrap(publicKey.Encrypt(new byte[32], RSAEncryptionPadding.Pkcs1)));
        using var other = RSA.Create(2048);
        Assert.Null(key.Unwrap(other.Encrypt(new byte[32], RSAEncryptionPadding.OaepSHA256)));
    }

    [Fact]
    public void Open_KeyThatCouldBeCopied_IsRefused()
    {
        SoftToken token = SoftToken.Require();
        Refused("copied", token.Options(token.CreateKey(extractable: true)), Pin());
    }

    [Fact]
    public void Open_WrongPinOrTokenOrKeyOrLibrary_IsRefusedInWords()
    {
        SoftToken token = SoftToken.Require();
        string key = token.CreateKey();
        Refused("CKR_PIN_INCORRECT", token.Options(key), Encoding.UTF8.GetBytes("000000"));
        Refused("no private RSA keys", token.Options("none"), Pin());
        Refused("no token", token.Options(key) with { TokenLabel = "none" }, Pin());
        Refused("PKCS#11 library", token.Options(key) with { Library = "/none.so" }, Pin());
    }

    [Fact]
    public async Task Authority_OnAToken_AnswersTheAttestedEngineAlone()
    {
        SoftToken token = SoftToken.Require();
        using var fleet = new FakeFleet();
        var key = new TokenWrappingKey(token.Options(token.CreateKey()), Pin());
        byte[] publicKey = key.PublicKey.ToArray();
        using var authority = new VerifyingKeyAuthority("token", key, publicKey, [AttestationRoot.Simulated(fleet.Root.Certificate)], KeyPolicy.For(fleet.Measurement.Pcr0, fleet.Measurement.Pcr2), fleet.Time);
        using var kms = RSA.Create();
        kms.ImportSubjectPublicKeyInfo(publicKey, out _);
        using var recipient = RSA.Create(2048);
        byte[] root = RandomNumberGenerator.GetBytes(32), wrapped = kms.Encrypt(root, RSAEncryptionPadding.OaepSHA256), spki = recipient.ExportSubjectPublicKeyInfo();
        KeyAuthorityAnswer answer = await authority.DecryptAsync(wrapped, fleet.Document(spki), CancellationToken.None);
        using SecretKey? opened = RecipientKey.Open(answer.CiphertextForRecipient.Span, recipient);
        Assert.Equal(root, opened?.Span.ToArray());
        Assert.Equal(KeyAuthorityError.None, (await authority.CheckAsync(CancellationToken.None)).Error);
        Assert.Equal(KeyAuthorityError.PolicyRefused, (await authority.DecryptAsync(wrapped, fleet.Document(spki, fleet.Measurement with { Pcr0 = fleet.Measurement.Pcr1 }), CancellationToken.None)).Error);
        Assert.Equal(KeyAuthorityError.AttestationRefused, (await authority.DecryptAsync(wrapped, fleet.Document(spki, fleet.Measurement with { Pcr0 = new byte[48] }), CancellationToken.None)).Error);
    }

    private static byte[] Pin() => Encoding.UTF8.GetBytes(SoftToken.Pin);

    private static void Refused(string part, TokenOptions options, byte[] pin)
    {
        HelperRefusedException e = Assert.Throws<HelperRefusedException>(() => new TokenWrappingKey(options, pin).Dispose());
        Assert.Contains(part, e.Message, StringComparison.Ordinal);
    }
}
