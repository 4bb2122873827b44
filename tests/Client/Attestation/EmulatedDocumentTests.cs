using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Testing;

namespace E3.Relay.Enclave.Client.Tests.Attestation;

/// <summary>Documents as QEMU's nitro-enclave machine makes them: nobody signs them, so only who asks for that accepts one.</summary>
public sealed class EmulatedDocumentTests : IDisposable
{
    private static readonly byte[] UnsignedHeader = [0xa1, 0x01, 0x20];
    private readonly FakeModule _module = new() { Protected = UnsignedHeader, BendSignature = static _ => new byte[64] };

    public void Dispose() => _module.Dispose();

    [Fact]
    public void Document_EmulatorAllowed_IsAcceptedAndSaysSo()
    {
        Assert.Equal(AttestationError.None, Verify([AttestationRoot.AwsNitro, AttestationRoot.Emulated], out AttestationDocument document));
        Assert.True(document.Root.IsSimulated);
        Assert.True(document.Root.IsEmulated);
        Assert.Equal(_module.Pcrs[0], document.Pcr(0)!.Value.ToArray());
    }

    [Fact]
    public void Document_EmulatorNotAllowed_IsRefused() =>
        Assert.Equal(AttestationError.ProtectedHeaderUnexpected, Verify([AttestationRoot.AwsNitro, AttestationRoot.Simulated(_module.Root)], out _));

    [Fact]
    public void Document_DebugMode_IsRefused()
    {
        _module.Pcrs[0] = new byte[48];
        Assert.Equal(AttestationError.DebugMode, Verify([AttestationRoot.Emulated], out _));
    }

    [Fact]
    public void Document_WithASignatureOfSomeKind_IsRefused()
    {
        _module.BendSignature = static _ => [.. new byte[63], 1];
        Assert.Equal(AttestationError.SignatureInvalid, Verify([AttestationRoot.Emulated], out _));
    }

    // Who allows an emulator does not accept bad signatures for it.
    [Fact]
    public void SignedDocument_EmulatorAllowed_IsJudgedLikeAnyOther()
    {
        using var signed = new FakeModule();
        Assert.Equal(AttestationError.ChainUntrusted, AttestationVerifier.VerifyDocument(signed.Document(), [AttestationRoot.Emulated], FakeModule.Now, out _));
        Assert.Equal(AttestationError.None, AttestationVerifier.VerifyDocument(signed.Document(), [AttestationRoot.Emulated, AttestationRoot.Simulated(signed.Root)], FakeModule.Now, out AttestationDocument document));
        Assert.False(document.Root.IsEmulated);
        signed.BendSignature = static signature => new byte[signature.Length];
        Assert.Equal(
            AttestationError.SignatureInvalid, AttestationVerifier.VerifyDocument(signed.Document(), [AttestationRoot.Emulated, AttestationRoot.Simulated(signed.Root)], FakeModule.Now, out _));
    }

    [Theory]
    [InlineData(true, true, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    public void Trust_Emulator_NeedsTheFileAndTheSettings(bool named, bool allowed, bool trusted)
    {
        using var fake = new FakeTrust();
        using var folder = new TempFolder();
        string path = folder.PathOf("trust.json");
        File.WriteAllBytes(path, (fake.File(null) with { Emulated = named }).Write());
        Assert.Equal(trusted, EnclaveTrust.Load(path, null, allowed).Roots.Contains(AttestationRoot.Emulated));
    }

    private AttestationError Verify(AttestationRoot[] roots, out AttestationDocument document) => AttestationVerifier.VerifyDocument(_module.Document(), roots, FakeModule.Now, out document);
}
