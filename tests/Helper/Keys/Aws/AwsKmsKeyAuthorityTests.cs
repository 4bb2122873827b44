using System.Security.Cryptography;
using E3.Relay.Enclave.Engine;
using E3.Relay.Helper.Keys;
using E3.Relay.Helper.Keys.Aws;
using E3.Relay.Helper.Keys.Simulated;
using E3.Relay.Helper.Tests.Keys.Simulated;

namespace E3.Relay.Helper.Tests.Keys.Aws;

/// <summary>The AWS SDK's own client against the simulated KMS: the code that runs in production.</summary>
public sealed class AwsKmsKeyAuthorityTests
{
    private static readonly RSA Recipient = RSA.Create(2048);

    [Theory]
    [InlineData(true, 2048, 2048)]
    [InlineData(false, 2048, 3072)]
    [InlineData(true, 3072, 2048)]
    [InlineData(true, 4096, 4096)]
    public async Task Decrypt_AttestedKey_OpensOnlyForIt(bool unix, int kmsBits, int recipientBits)
    {
        await using KmsBed bed = await KmsBed.StartAsync(unix, kmsBits);
        using AwsKmsKeyAuthority authority = bed.Client();
        using var recipient = RSA.Create(recipientBits);
        KeyAuthorityAnswer answer = await authority.DecryptAsync(bed.Wrapped, bed.Fleet.Document(recipient.ExportSubjectPublicKeyInfo()), CancellationToken.None);
        Assert.Equal(KeyAuthorityError.None, answer.Error);
        using SecretKey? opened = RecipientKey.Open(answer.CiphertextForRecipient.Span, recipient);
        Assert.Equal(bed.Root, opened?.Span.ToArray());
        Assert.Null(RecipientKey.Open(answer.CiphertextForRecipient.Span, Recipient));
    }

    [Fact]
    public async Task Decrypt_KeyByIdOrArnOrAlias_IsTheSame()
    {
        await using KmsBed bed = await KmsBed.StartAsync();
        byte[] document = bed.Fleet.Document(Recipient.ExportSubjectPublicKeyInfo());
        using var kms = KmsClientFactory.Create(new() { KeyId = "", Region = "local", ServiceUrl = bed.Url }, new Amazon.Runtime.BasicAWSCredentials(bed.Credentials.AccessKeyId, bed.Credentials.SecretAccessKey));
        var described = await kms.DescribeKeyAsync(SimulatedKms.Alias, CancellationToken.None);
        Assert.Contains("simulated", described.KeyMetadata.Description, StringComparison.Ordinal);
        foreach (string id in (string[])[SimulatedKms.Alias, described.KeyMetadata.KeyId, described.KeyMetadata.Arn])
        {
            using AwsKmsKeyAuthority authority = bed.Client(id);
            Assert.Equal(KeyAuthorityError.None, (await authority.DecryptAsync(bed.Wrapped, document, CancellationToken.None)).Error);
        }
    }

    [Fact]
    public async Task Check_AnotherKeyThanTheMeasuredOne_IsAMismatchAndNothingIsDecrypted()
    {
        await using KmsBed bed = await KmsBed.StartAsync();
        using AwsKmsKeyAuthority authority = bed.Client(expected: Recipient.ExportSubjectPublicKeyInfo());
        Assert.Equal(KeyAuthorityError.KeyMismatch, (await authority.CheckAsync(CancellationToken.None)).Error);
        KeyAuthorityAnswer answer = await authority.DecryptAsync(bed.Wrapped, bed.Fleet.Document(Recipient.ExportSubjectPublicKeyInfo()), CancellationToken.None);
        Assert.Equal(KeyAuthorityError.KeyMismatch, answer.Error);
        Assert.True(answer.Error.IsFinal());
    }

    [Fact]
    public async Task Check_UnknownKey_SaysSo()
    {
        await using KmsBed bed = await KmsBed.StartAsync();
        using AwsKmsKeyAuthority authority = bed.Client("alias/another");
        KeyAuthorityAnswer answer = await authority.CheckAsync(CancellationToken.None);
        Assert.Equal(KeyAuthorityError.KeyUnknown, answer.Error);
        Assert.Contains("NotFoundException", answer.Describe(), StringComparison.Ordinal);
        Assert.Contains("KeyAuthority:KeyId", answer.Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_ForeignCredentials_AreRefused()
    {
        await using KmsBed bed = await KmsBed.StartAsync();
        foreach (SimulatedCredentials foreign in (SimulatedCredentials[])[bed.Credentials with { AccessKeyId = "AKIAANOTHER" }, bed.Credentials with { SecretAccessKey = "another" }])
        {
            using AwsKmsKeyAuthority authority = bed.Client(credentials: foreign);
            Assert.Equal(KeyAuthorityError.CredentialsRefused, (await authority.CheckAsync(CancellationToken.None)).Error);
        }
    }

    [Fact]
    public async Task Decrypt_WhatTheKeyPolicyOrTheDocumentForbids_IsRefused()
    {
        await using KmsBed bed = await KmsBed.StartAsync();
        using AwsKmsKeyAuthority authority = bed.Client();
        byte[] spki = Recipient.ExportSubjectPublicKeyInfo();
        byte[] document = bed.Fleet.Document(spki);
        byte[] bent = [.. document];
        bent[^1] ^= 1;
        await RefusesAsync(KeyAuthorityError.AccessDenied, bed.Fleet.Document(spki, bed.Fleet.Measurement with { Pcr0 = bed.Fleet.Measurement.Pcr1 }));
        await RefusesAsync(KeyAuthorityError.RequestInvalid, bed.Fleet.Document(spki, bed.Fleet.Measurement with { Pcr0 = new byte[48] }));
        await RefusesAsync(KeyAuthorityError.RequestInvalid, bed.Fleet.Document(null));
        await RefusesAsync(KeyAuthorityError.RequestInvalid, bent);
        await RefusesAsync(KeyAuthorityError.CiphertextInvalid, document, new byte[256]);
        bed.Fleet.Time.Advance(TimeSpan.FromHours(5));
        await RefusesAsync(KeyAuthorityError.RequestInvalid, bed.Fleet.Document(spki));

        async Task RefusesAsync(KeyAuthorityError error, byte[] attestation, byte[]? wrapped = null)
        {
            KeyAuthorityAnswer answer = await authority.DecryptAsync(wrapped ?? bed.Wrapped, attestation, CancellationToken.None);
            Assert.Equal(error, answer.Error);
            Assert.True(answer.CiphertextForRecipient.IsEmpty);
        }
    }

    [Fact]
    public async Task Check_NobodyListens_IsUnavailable()
    {
        using var folder = new Testing.TempFolder();
        var options = new AwsKmsOptions { KeyId = "k", Region = "local", ServiceUrl = $"unix:{folder.PathOf("none")}", RetriesMax = 1, RetryDelay = TimeSpan.FromMilliseconds(1) };
        using AwsKmsKeyAuthority authority = KmsBed.Client(options, new("a", "b"), []);
        KeyAuthorityAnswer answer = await authority.CheckAsync(CancellationToken.None);
        Assert.Equal(KeyAuthorityError.Unavailable, answer.Error);
        Assert.True(answer.Error.IsTransient());
    }
}
