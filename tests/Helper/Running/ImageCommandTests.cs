using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using E3.Relay.Helper.Eif;
using E3.Relay.Helper.Tests.Eif;
using E3.Relay.Testing;

namespace E3.Relay.Helper.Tests.Running;

public sealed class ImageCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Image_BuiltSignedAndVerified_KeepsItsPcrs()
    {
        await File.WriteAllBytesAsync(_folder.PathOf("kernel"), EifSamples.Kernel("6.12"), TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(_folder.PathOf("engine"), EifSamples.Program(interpreted: false), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_folder.PathOf("config.json"), "{}", TestContext.Current.CancellationToken);
        await WriteSignerAsync("signer");
        await WriteSignerAsync("other");
        string image = _folder.PathOf("image.eif");

        (int code, string built, string errors) = await RunningHelper.RunAsync(
            ["eif", "build", "--kernel", _folder.PathOf("kernel"), "--engine", _folder.PathOf("engine"), "--config", _folder.PathOf("config.json"), "--out", image]);
        Assert.True(code == 0, errors);
        Assert.Equal(3, built.Split('\n').Length);

        Assert.Equal(1, (await RunningHelper.RunAsync(["eif", "verify", image, "--certificate", _folder.PathOf("signer.pem")])).Code);
        (code, string signed, errors) = await RunningHelper.RunAsync(["eif", "sign", image, "--certificate", _folder.PathOf("signer.pem"), "--key", _folder.PathOf("signer.key")]);
        Assert.True(code == 0, errors);
        (code, string verified, errors) = await RunningHelper.RunAsync(["eif", "verify", image, "--certificate", _folder.PathOf("signer.pem")]);
        Assert.True(code == 0, errors);
        Assert.Equal($"{built}\n{signed}", verified);
        (code, _, errors) = await RunningHelper.RunAsync(["eif", "verify", image, "--certificate", _folder.PathOf("other.pem")]);
        Assert.Equal(1, code);
        Assert.Contains(nameof(EifError.CertificateOther), errors, StringComparison.Ordinal);
        Assert.Contains(built, (await RunningHelper.RunAsync(["eif", "describe", image])).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("anjuna-attester-prod.bin", "2023-09-21T23:10:00Z", "--pcr4", "0819d344ab6bf13263ff0926567f62a5c392db7949fce332398563c300d432205469527e51db5f4c6f19e2b4dd259196", "genuine")]
    [InlineData("anjuna-attester-prod.bin", "2023-09-21T23:10:00Z", "--pcr4", "00", "PCR4 is another")]
    [InlineData("anjuna-attester-prod.bin", "2023-09-21T23:10:00Z", "--pcr4", "zz", "--pcr4 is not hex")]
    [InlineData("anjuna-attester-prod.bin", "2023-09-21T23:10:00Z", "--nonce", "00", "another nonce")]
    [InlineData("anjuna-attester-prod.bin", "2026-01-01T00:00:00Z", null, null, "ChainOutsideValidity")]
    [InlineData("evervault-beta-debug.cbor", "2022-10-12T13:50:10Z", null, null, "DebugMode")]
    [InlineData("veracruz-bad-sig.cbor", "2022-11-09T22:52:10Z", null, null, "SignatureInvalid")]
    public async Task AttestationDocument_OfAws_IsJudged(string name, string at, string? option, string? value, string expected)
    {
        if (!Suites.TryPath($"nitro/{name}", out string? path))
        {
            Assert.Skip(Suites.Missing($"nitro/{name}"));
            return;
        }

        string base64 = _folder.PathOf("document.txt");
        await File.WriteAllTextAsync(base64, Convert.ToBase64String(await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken), Base64FormattingOptions.InsertLineBreaks), TestContext.Current.CancellationToken);
        foreach (string file in (string[])[path, base64])
        {
            (int code, string output, string errors) = await RunningHelper.RunAsync(["attest", "verify", file, "--at", at, .. option is null ? (string[])[] : [option, value!]]);
            Assert.Contains(expected, output + errors, StringComparison.Ordinal);
            Assert.Equal(expected == "genuine" ? 0 : 1, code);
        }
    }

    // The certificate of the moment: verified by the program against the real clock.
    private async Task WriteSignerAsync(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using X509Certificate2 certificate = new CertificateRequest("CN=signer", key, HashAlgorithmName.SHA384).CreateSelfSigned(
            TimeProvider.System.GetUtcNow().AddMinutes(-5), TimeProvider.System.GetUtcNow().AddHours(1));
        await File.WriteAllTextAsync(_folder.PathOf($"{name}.pem"), certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(_folder.PathOf($"{name}.key"), key.ExportPkcs8PrivateKeyPem());
    }
}
