using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CsCheck;
using E3.Relay.Enclave.Client.Attestation;

namespace E3.Relay.Enclave.Client.Tests.Attestation;

public sealed class AttestationDocumentTests : IDisposable
{
    private readonly FakeModule _module = new();

    public void Dispose() => _module.Dispose();

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Document_WellFormed_IsAccepted(bool tagged, bool indefinite)
    {
        _module.Tagged = tagged;
        _module.IndefiniteMap = indefinite;
        _module.PublicKey = FakeModule.Filled(9, 1024);

        Assert.Equal(AttestationError.None, Verify(out AttestationDocument document));
        Assert.Equal(FakeModule.Now, document.Timestamp);
        Assert.Equal("i-fake-enc1", document.ModuleId);
        Assert.Equal(_module.Nonce, document.Nonce!.Value.ToArray());
        Assert.Equal(_module.PublicKey, document.PublicKey!.Value.ToArray());
        Assert.Null(document.UserData);
        Assert.Null(document.Pcr(4));
        Assert.True(document.Root.IsSimulated);
    }

    [Fact]
    public void Document_UnknownFields_AreSkipped()
    {
        _module.More = writer =>
        {
            writer.WriteTextString("later");
            writer.WriteStartArray(2);
            writer.WriteInt32(1);
            writer.WriteStartMap(1);
            writer.WriteInt32(1);
            writer.WriteTextString("x");
            writer.WriteEndMap();
            writer.WriteEndArray();
        };

        Assert.Equal(AttestationError.None, Verify(out _));
    }

    [Theory]
    [InlineData("nonce")]
    [InlineData("pcrs")]
    [InlineData("module_id")]
    [InlineData("later")]
    public void Document_DuplicateField_IsMalformed(string name)
    {
        _module.More = writer =>
        {
            writer.WriteTextString(name);
            writer.WriteNull();
            writer.WriteTextString(name);
            writer.WriteNull();
        };

        Assert.Equal(AttestationError.DocumentMalformed, Verify(out _));
    }

    [Theory]
    [InlineData("module_id")]
    [InlineData("digest")]
    [InlineData("timestamp")]
    [InlineData("pcrs")]
    [InlineData("certificate")]
    [InlineData("cabundle")]
    public void Document_MandatoryFieldMissing_IsRefused(string name)
    {
        _module.Omitted.Add(name);
        Assert.Equal(AttestationError.FieldMissing, Verify(out _));
    }

    [Theory]
    [InlineData("module_id")]
    [InlineData("digest")]
    [InlineData("timestamp")]
    [InlineData("pcrs")]
    [InlineData("certificate")]
    [InlineData("cabundle")]
    [InlineData("nonce")]
    [InlineData("public_key")]
    [InlineData("user_data")]
    public void Document_FieldOfAnotherType_IsMalformed(string name)
    {
        _module.Omitted.Add(name);
        _module.More = writer =>
        {
            writer.WriteTextString(name);
            writer.WriteBoolean(true);
        };

        Assert.Equal(AttestationError.DocumentMalformed, Verify(out _));
    }

    [Fact]
    public void Document_NonceOverLimit_IsRefused()
    {
        _module.Nonce = new byte[1025];
        Assert.Equal(AttestationError.FieldSizeInvalid, Verify(out _));
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(ulong.MaxValue)]
    [InlineData(253_402_300_800_000UL)]
    public void Document_TimestampOutOfRange_IsRefused(ulong timestamp)
    {
        _module.Timestamp = timestamp;
        Assert.Equal(AttestationError.FieldSizeInvalid, Verify(out _));
    }

    [Fact]
    public void Document_BundleEmptyOrTooLong_IsRefused()
    {
        _module.Bundle = [];
        Assert.Equal(AttestationError.FieldSizeInvalid, Verify(out _));
        _module.Bundle = [.. Enumerable.Repeat(_module.Root.RawData, 9)];
        Assert.Equal(AttestationError.FieldSizeInvalid, Verify(out _));
    }

    [Fact]
    public void Document_OverLimit_IsRefusedUnread()
    {
        Assert.Equal(AttestationError.DocumentTooLarge, AttestationVerifier.VerifyDocument(new byte[0x3001], Roots(), FakeModule.Now, out _));
    }

    [Fact]
    public void Document_OtherDigest_IsRefused()
    {
        _module.Digest = "SHA256";
        Assert.Equal(AttestationError.DigestUnsupported, Verify(out _));
    }

    [Theory]
    [InlineData(5, 32)]
    [InlineData(5, 47)]
    [InlineData(5, 49)]
    [InlineData(5, 0)]
    [InlineData(32, 48)]
    public void Document_PcrOfWrongSizeOrIndex_IsRefused(int index, int bytes)
    {
        _module.Pcrs[index] = FakeModule.Filled(4, bytes);
        Assert.Equal(AttestationError.PcrInvalid, Verify(out _));
    }

    [Fact]
    public void Document_Pcr0ZeroOrMissing_IsDebugMode()
    {
        _module.Pcrs[0] = new byte[48];
        Assert.Equal(AttestationError.DebugMode, Verify(out AttestationDocument document));
        Assert.Null(document);
        _module.Pcrs.Remove(0);
        Assert.Equal(AttestationError.DebugMode, Verify(out _));
    }

    [Theory]
    [InlineData("a10126")]
    [InlineData("a1013822ff")]
    [InlineData("bf013822ff")]
    [InlineData("a201382204410a")]
    [InlineData("a0")]
    [InlineData("")]
    public void Document_OtherProtectedHeader_IsRefused(string header)
    {
        _module.Protected = Convert.FromHexString(header);
        Assert.Equal(AttestationError.ProtectedHeaderUnexpected, Verify(out _));
    }

    [Fact]
    public void Document_UnprotectedHeader_IsRefused()
    {
        _module.Unprotected = static writer =>
        {
            writer.WriteStartMap(1);
            writer.WriteInt32(4);
            writer.WriteByteString([1]);
            writer.WriteEndMap();
        };

        Assert.Equal(AttestationError.UnprotectedHeaderNotEmpty, Verify(out _));
    }

    [Fact]
    public void Document_SignatureOfAnotherLength_IsRefused()
    {
        _module.BendSignature = static signature => signature[..95];
        Assert.Equal(AttestationError.SignatureLengthInvalid, Verify(out _));
        _module.BendSignature = static signature => [.. signature, 0];
        Assert.Equal(AttestationError.SignatureLengthInvalid, Verify(out _));
    }

    [Fact]
    public void Document_SignatureZeroOrBent_IsRefused()
    {
        _module.BendSignature = static _ => new byte[96];
        Assert.Equal(AttestationError.SignatureInvalid, Verify(out _));
        _module.BendSignature = static signature =>
        {
            signature[40] ^= 1;
            return signature;
        };
        Assert.Equal(AttestationError.SignatureInvalid, Verify(out _));
    }

    [Fact]
    public void Document_TrailingByte_IsMalformed()
    {
        Assert.Equal(AttestationError.DocumentMalformed, Verify([.. _module.Document(), 0]));
        _module.BendPayload = static payload => [.. payload, 0];
        Assert.Equal(AttestationError.DocumentMalformed, Verify(out _));
    }

    [Fact]
    public void Document_OtherTag_IsMalformed()
    {
        Assert.Equal(AttestationError.DocumentMalformed, Verify([0xd8, 0x62, .. _module.Document()]));
    }

    [Fact]
    public void Document_TruncatedAnywhere_IsRefused()
    {
        byte[] document = _module.Document();
        for (int length = 0; length < document.Length; length++)
            Assert.NotEqual(AttestationError.None, Verify(document[..length]));
    }

    // A flip inside cabundle[0] alone may pass: that certificate is ignored. The signature covers it, so even that is refused.
    [Fact]
    public void Document_AnyBitFlipped_IsRefused()
    {
        byte[] document = _module.Document();
        Gen.Select(Gen.Int[0, document.Length - 1], Gen.Int[0, 7]).Sample(
            (position, bit) =>
            {
                byte[] bent = [.. document];
                bent[position] ^= (byte)(1 << bit);
                return Verify(bent) != AttestationError.None;
            },
            iter: 1500);
    }

    [Fact]
    public void Document_AnyBytes_NeverThrow()
    {
        Gen.Byte.Array[0, 300].Sample(bytes => Verify(bytes) != AttestationError.None, iter: 5000);
        byte[] start = _module.Document()[..60];
        Gen.Byte.Array[0, 300].Sample(bytes => Verify([.. start, .. bytes]) != AttestationError.None, iter: 5000);
    }

    [Fact]
    public void Document_DeeplyNestedUnknownField_IsNotAccepted()
    {
        byte[] nested = FakeModule.Filled(0x81, 11_000);
        Assert.Equal(AttestationError.DocumentMalformed, Verify([0x84, 0x44, 0xa1, 0x01, 0x38, 0x22, 0xa0, 0x59, 0x2b, 0x00, 0xbf, 0x61, 0x78, .. nested]));
    }

    [Fact]
    public void Chain_ForeignRootOfTheSameName_IsUntrusted()
    {
        using var foreign = new FakeModule();
        AttestationError error = AttestationVerifier.VerifyDocument(_module.Document(), [AttestationRoot.Simulated(foreign.Root)], FakeModule.Now, out _);
        Assert.Equal(AttestationError.ChainUntrusted, error);
    }

    [Fact]
    public void Chain_OnlyRootOfAws_IsUntrusted()
    {
        AttestationError error = AttestationVerifier.VerifyDocument(_module.Document(), [AttestationRoot.AwsNitro], FakeModule.Now, out _);
        Assert.Equal(AttestationError.ChainUntrusted, error);
    }

    [Fact]
    public void Chain_NoRoots_IsUntrusted()
    {
        Assert.Equal(AttestationError.ChainUntrusted, AttestationVerifier.VerifyDocument(_module.Document(), [], FakeModule.Now, out _));
    }

    [Fact]
    public void Chain_IntermediateMissing_IsUntrusted()
    {
        _module.Bundle = [_module.Root.RawData];
        Assert.Equal(AttestationError.ChainUntrusted, Verify(out _));
    }

    [Fact]
    public void Chain_IntermediateIsNoAuthority_IsUntrusted()
    {
        using var module = new FakeModule(middleIsAuthority: false);
        AttestationError error = AttestationVerifier.VerifyDocument(module.Document(), [AttestationRoot.Simulated(module.Root)], FakeModule.Now, out _);
        Assert.Equal(AttestationError.ChainUntrusted, error);
    }

    [Theory]
    [InlineData(-120)]
    [InlineData(181 * 60)]
    public void Chain_OutsideValidity_IsRefused(int seconds)
    {
        AttestationError error = AttestationVerifier.VerifyDocument(_module.Document(), Roots(), FakeModule.Now.AddSeconds(seconds), out _);
        Assert.Equal(AttestationError.ChainOutsideValidity, error);
    }

    [Fact]
    public void Chain_FirstOfBundleIsForeign_IsIgnored()
    {
        using var foreign = new FakeModule();
        _module.Bundle[0] = foreign.Root.RawData;
        Assert.Equal(AttestationError.None, Verify(out _));
    }

    [Fact]
    public void Chain_LeafSelfSigned_IsUntrusted()
    {
        var request = new CertificateRequest("CN=fake leaf", _module.LeafKey, HashAlgorithmName.SHA384);
        _module.Leaf = request.CreateSelfSigned(FakeModule.Now.AddDays(-1), FakeModule.Now.AddDays(1));
        Assert.Equal(AttestationError.ChainUntrusted, Verify(out _));
    }

    [Fact]
    public void Chain_LeafKeyOfAnotherCurve_IsRefused()
    {
        _module.LeafKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _module.Leaf = _module.IssueLeaf(_module.LeafKey, FakeModule.Now.AddDays(-1), FakeModule.Now.AddDays(1));
        _module.BendSignature = static _ => new byte[96];
        Assert.Equal(AttestationError.CertificateKeyUnsupported, Verify(out _));
    }

    [Fact]
    public void Chain_CertificateIsNoCertificate_IsMalformed()
    {
        _module.Bundle[1] = [0x30, 0x00];
        Assert.Equal(AttestationError.CertificateMalformed, Verify(out _));
        _module.Bundle[1] = System.Text.Encoding.ASCII.GetBytes(_module.Root.ExportCertificatePem());
        Assert.Equal(AttestationError.CertificateMalformed, Verify(out _));
    }

    private AttestationRoot[] Roots() => [AttestationRoot.AwsNitro, AttestationRoot.Simulated(_module.Root)];

    private AttestationError Verify(out AttestationDocument document) =>
        AttestationVerifier.VerifyDocument(_module.Document(), Roots(), FakeModule.Now, out document);

    private AttestationError Verify(byte[] bytes) => AttestationVerifier.VerifyDocument(bytes, Roots(), FakeModule.Now, out _);
}
