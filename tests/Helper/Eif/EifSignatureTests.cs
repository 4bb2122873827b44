using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using E3.Relay.Helper.Eif;
using E3.Relay.Testing;

namespace E3.Relay.Helper.Tests.Eif;

public sealed class EifSignatureTests
{
    [Fact]
    public void Verify_GoldenImage_HasItsSignerInPcr8()
    {
        if (!Suites.TryPath("nitro/golden-signed.eif", out string? path) || !Suites.TryPath("nitro/golden-expected.json", out string? expectedPath))
        {
            Assert.Skip(Suites.Missing("nitro/golden-signed.eif"));
            return;
        }

        using var expected = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(expectedPath));
        Assert.Equal(EifError.None, EifImage.Read(File.ReadAllBytes(path), out EifImage image));
        Assert.Equal(EifError.None, EifSignature.Verify(image, EifSamples.Now, out X509Certificate2? signer));
        using (signer)
            Assert.Equal(expected.RootElement.GetProperty("PCR8_signed").GetString(), Convert.ToHexStringLower(EifMeasurement.OfCertificate(signer!.RawData)));
    }

    [Fact]
    public void Sign_Image_IsVerifiedAndLeavesWhatIsMeasured()
    {
        (X509Certificate2 certificate, ECDsa key) = EifSamples.Signer(ECCurve.NamedCurves.nistP384);
        using (certificate)
        using (key)
        {
            EifImage signed = EifSignature.Sign(EifSignature.Sign(EifSamples.Image, certificate, key), certificate, key);

            Assert.Equal(EifError.None, EifImage.Read(signed.Write(), out EifImage read));
            Assert.Equal(EifError.None, EifSignature.Verify(read, EifSamples.Now, out X509Certificate2? signer));
            using (signer)
                Assert.Equal(certificate.RawData, signer!.RawData);
            Assert.Single(read.Sections, static section => section.Kind == EifSectionKind.Signature);
            Assert.Equal(EifMeasurement.Of(EifSamples.Image).Pcr0, EifMeasurement.Of(read).Pcr0);
            Assert.Equal(EifError.CertificateOutsideValidity, EifSignature.Verify(read, EifSamples.Now.AddDays(2), out signer));
            signer!.Dispose();
        }
    }

    [Fact]
    public void Verify_OneByteOfTheEngineChanged_IsInvalid()
    {
        (X509Certificate2 certificate, ECDsa key) = EifSamples.Signer(ECCurve.NamedCurves.nistP384);
        using (certificate)
        using (key)
        {
            byte[] engine = EifSamples.Program(interpreted: false);
            engine[^1] ^= 1;
            EifSection signature = EifSignature.Sign(EifSamples.Image, certificate, key).Sections[^1];
            EifImage changed = EifBuilder.Build(EifSamples.Recipe with { Engine = engine });
            Assert.Equal(EifError.SignatureInvalid, EifSignature.Verify(new() { Sections = [.. changed.Sections, signature] }, EifSamples.Now, out X509Certificate2? signer));
            Assert.Null(signer);
        }
    }

    [Fact]
    public void Verify_AnyByteChanged_IsRefusedOrIsOfAnotherCertificate()
    {
        (X509Certificate2 certificate, ECDsa key) = EifSamples.Signer(ECCurve.NamedCurves.nistP384);
        using (certificate)
        using (key)
        {
            EifImage signed = EifSignature.Sign(EifSamples.Image, certificate, key);
            byte[] section = signed.Sections[^1].Data.ToArray();
            int signatureAt = section.AsSpan().LastIndexOf("signature"u8);
            for (int i = 0; i < section.Length; i++)
            {
                section[i] ^= 1;
                EifError error = EifSignature.Verify(new() { Sections = [.. EifSamples.Image.Sections, new EifSection(EifSectionKind.Signature, section)] }, EifSamples.Now, out X509Certificate2? signer);
                using (signer)
                    Assert.True(error != EifError.None || (i < signatureAt && (IsEqualText(section, i) || !signer!.RawData.AsSpan().SequenceEqual(certificate.RawData))), $"byte {i}");
                section[i] ^= 1;
            }
        }
    }

    // Around a certificate in PEM stands white space, of which there are several kinds.
    private static bool IsEqualText(byte[] section, int changed) => char.IsWhiteSpace((char)(section[changed] ^ 1)) || char.IsWhiteSpace((char)section[changed]);

    [Fact]
    public void Verify_NoSignature_IsUnsigned() => Assert.Equal(EifError.Unsigned, EifSignature.Verify(EifSamples.Image, EifSamples.Now, out _));

    [Fact]
    public void Sign_KeyOfAnotherCurveOrCertificate_IsRefused()
    {
        (X509Certificate2 small, ECDsa smallKey) = EifSamples.Signer(ECCurve.NamedCurves.nistP256);
        (X509Certificate2 certificate, ECDsa key) = EifSamples.Signer(ECCurve.NamedCurves.nistP384);
        using (small)
        using (smallKey)
        using (certificate)
        using (key)
        {
            using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
            Assert.Throws<ArgumentException>(() => EifSignature.Sign(EifSamples.Image, small, smallKey));
            Assert.Throws<ArgumentException>(() => EifSignature.Sign(EifSamples.Image, certificate, other));
        }
    }
}
