using E3.Relay.Helper.Keys;

namespace E3.Relay.Helper.Tests.Keys;

public sealed class KeyPolicyTests
{
    private static readonly string A = new('a', 96);
    private static readonly string B = new('b', 96);

    [Fact]
    public void Parse_WhatWriteWrote_IsTheSame()
    {
        string written = KeyPolicy.For(Convert.FromHexString(A), Convert.FromHexString(B)).Write();
        Assert.Contains("kms:RecipientAttestation:ImageSha384", written, StringComparison.Ordinal);
        Assert.Equal(written, KeyPolicy.Parse(written).Write());
    }

    [Theory]
    [InlineData("""{"StringEqualsIgnoreCase":{"kms:RecipientAttestation:ImageSha384":"A"}}""")]
    [InlineData("""{"StringEqualsIgnoreCase":{"kms:RecipientAttestation:PCR0":["A","B"],"kms:RecipientAttestation:PCR8":"B"}}""")]
    [InlineData("""{"StringEqualsIgnoreCase":{"kms:recipientattestation:imagesha384":"A","kms:RecipientAttestation:PCR31":"B"}}""")]
    public void Parse_ConditionsOfKms_AreRead(string policy) => Assert.NotEmpty(KeyPolicy.Parse(Fill(policy)).Write());

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"StringEqualsIgnoreCase":{}}""")]
    [InlineData("""{"StringEqualsIgnoreCase":{"kms:RecipientAttestation:PCR1":"A"}}""")]
    [InlineData("""{"StringEqualsIgnoreCase":{"kms:RecipientAttestation:PCR0":[]}}""")]
    [InlineData("""{"StringEqualsIgnoreCase":{"kms:RecipientAttestation:PCR0":"A0"}}""")]
    [InlineData("""{"StringEqualsIgnoreCase":{"kms:RecipientAttestation:PCR0":"0"}}""")]
    [InlineData("""{"StringEqualsIgnoreCase":{"kms:RecipientAttestation:PCR0":["A","0"]}}""")]
    [InlineData("""{"StringEqualsIgnoreCase":{"kms:RecipientAttestation:PCR0":7}}""")]
    [InlineData("""{"StringEqualsIgnoreCase":{"kms:RecipientAttestation:PCR0":"A","kms:RecipientAttestation:PCR32":"A"}}""")]
    [InlineData("""{"StringEqualsIgnoreCase":{"kms:RecipientAttestation:PCR0":"A","kms:RecipientAttestation:PCR-1":"A"}}""")]
    [InlineData("""{"StringEqualsIgnoreCase":{"kms:RecipientAttestation:PCR0":"A","aws:PrincipalArn":"x"}}""")]
    [InlineData("""{"StringEqualsIgnoreCase":{"kms:RecipientAttestation:PCR0":"A"},"Bool":{"aws:SecureTransport":"true"}}""")]
    [InlineData("""{"StringNotEquals":{"kms:RecipientAttestation:PCR0":"A"}}""")]
    [InlineData("""{"StringEqualsIgnoreCase":{"kms:RecipientAttestation:PCR0":"A"},"StringEqualsIgnoreCase":{"kms:RecipientAttestation:PCR0":"B"}}""")]
    public void Parse_WhatCannotBeJudgedOrAllowsTooMuch_IsRefused(string policy) => Assert.Throws<InvalidDataException>(() => KeyPolicy.Parse(Fill(policy)));

    private static string Fill(string policy) => policy.Replace("\"A\"", $"\"{A}\"", StringComparison.Ordinal).Replace("\"B\"", $"\"{B}\"", StringComparison.Ordinal).Replace("\"0\"", $"\"{new string('0', 96)}\"", StringComparison.Ordinal);
}
