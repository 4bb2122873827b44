using System.Security.Cryptography;
using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Enclave.Protocol.Messages;

namespace E3.Relay.Enclave.Client.Tests.Attestation;

public sealed class EvidenceTests : IDisposable
{
    private static readonly byte[] Spki = FakeModule.Filled(0x51, 91);
    private static readonly byte[] Nonce = FakeModule.Filled(0x52, 32);
    private readonly FakeModule _module = new();
    private readonly FakeTrust _trust = new();

    public void Dispose()
    {
        _module.Dispose();
        _trust.Dispose();
    }

    [Fact]
    public void Evidence_Genuine_IsProof()
    {
        Assert.Equal(AttestationError.None, Verify(Statement(), RootExpectation.Signed, out VerifiedAttestation attestation));
        Assert.True(attestation.Simulated);
        Assert.Equal("test", attestation.Measurement.Name);
        Assert.Equal(_trust.FleetId, attestation.Statement.FleetId.ToArray());
    }

    [Fact]
    public void Evidence_OtherTlsKey_IsRefused()
    {
        _module.UserData = Statement().UserData(FakeModule.Filled(0x50, 91));
        Assert.Equal(AttestationError.UserDataMismatch, Judge(Statement(), RootExpectation.Signed, out VerifiedAttestation attestation));
        Assert.Null(attestation);
    }

    [Fact]
    public void Evidence_StatementNotTheAttestedOne_IsRefused()
    {
        AttestationStatement attested = Statement();
        _module.UserData = attested.UserData(Spki);
        AttestationStatement[] bent =
        [
            attested with { ChainLength = 6 }, attested with { ChainHead = new byte[32] }, attested with { PublicKeysDigest = new byte[32] },
            attested with { RootCommitment = FakeModule.Filled(1, 32) }, attested with { FleetId = FakeModule.Filled(1, 16) },
        ];
        foreach (AttestationStatement statement in bent)
            Assert.Equal(AttestationError.UserDataMismatch, Judge(statement, RootExpectation.Signed, out _));
    }

    [Fact]
    public void Evidence_WithoutUserData_IsRefused()
    {
        Assert.Equal(AttestationError.UserDataMismatch, Judge(Statement(), RootExpectation.Signed, out _));
    }

    [Fact]
    public void Evidence_OtherNonce_IsRefused()
    {
        _module.UserData = Statement().UserData(Spki);
        _module.Nonce = FakeModule.Filled(0x53, 32);
        Assert.Equal(AttestationError.NonceMismatch, Judge(Statement(), RootExpectation.Signed, out _));
        _module.Nonce = Nonce[..31];
        Assert.Equal(AttestationError.NonceMismatch, Judge(Statement(), RootExpectation.Signed, out _));
        _module.Nonce = null;
        Assert.Equal(AttestationError.NonceMismatch, Judge(Statement(), RootExpectation.Signed, out _));
    }

    [Fact]
    public void Evidence_EmptyNonceAsked_IsRefused()
    {
        _module.UserData = Statement().UserData(Spki);
        _module.Nonce = [];
        var evidence = new Evidence(_module.Document(), Statement());
        Assert.Equal(AttestationError.NonceMismatch, AttestationVerifier.Verify(evidence, Spki, [], Trust(), RootExpectation.Signed, FakeModule.Now, out _));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Evidence_OtherPcr_IsNotAccepted(int index)
    {
        _module.Pcrs[index] = FakeModule.Filled(0x99);
        Assert.Equal(AttestationError.MeasurementNotAccepted, Verify(Statement(), RootExpectation.Signed, out _));
        _module.Pcrs.Remove(index);
        Assert.Equal(index == 0 ? AttestationError.DebugMode : AttestationError.MeasurementNotAccepted, Verify(Statement(), RootExpectation.Signed, out _));
    }

    [Fact]
    public void Evidence_DebugMode_IsRefusedEvenWhenListed()
    {
        _module.Pcrs[0] = new byte[48];
        _trust.Accepted = new(0, new byte[48]);
        Assert.Equal(AttestationError.DebugMode, Verify(Statement(), RootExpectation.Signed, out _));
    }

    [Fact]
    public void Evidence_MeasurementOutsideItsTime_IsNotAccepted()
    {
        _trust.AcceptedUntil = FakeModule.Now;
        Assert.Equal(AttestationError.MeasurementNotAccepted, Verify(Statement(), RootExpectation.Signed, out _));
        _trust.AcceptedFrom = FakeModule.Now.AddSeconds(1);
        _trust.AcceptedUntil = FakeModule.Now.AddDays(1);
        Assert.Equal(AttestationError.MeasurementNotAccepted, Verify(Statement(), RootExpectation.Signed, out _));
    }

    [Fact]
    public void Evidence_ListOutsideItsTime_IsRefused()
    {
        _trust.ListUntil = FakeModule.Now;
        Assert.Equal(AttestationError.MeasurementsOutsideValidity, Verify(Statement(), RootExpectation.Signed, out _));
    }

    [Fact]
    public void Evidence_OtherFleet_IsRefused()
    {
        Assert.Equal(AttestationError.OtherFleet, Verify(Statement() with { FleetId = RandomNumberGenerator.GetBytes(16) }, RootExpectation.Signed, out _));
    }

    [Theory]
    [InlineData(RootExpectation.Signed, true, "signed", AttestationError.None)]
    [InlineData(RootExpectation.Signed, true, "other", AttestationError.RootNotSigned)]
    [InlineData(RootExpectation.Signed, true, "none", AttestationError.RootNotSigned)]
    [InlineData(RootExpectation.Signed, false, "none", AttestationError.RootNotSigned)]
    [InlineData(RootExpectation.Signed, false, "other", AttestationError.RootNotSigned)]
    [InlineData(RootExpectation.SignedOrNone, true, "signed", AttestationError.None)]
    [InlineData(RootExpectation.SignedOrNone, true, "none", AttestationError.None)]
    [InlineData(RootExpectation.SignedOrNone, true, "other", AttestationError.RootNotSigned)]
    [InlineData(RootExpectation.SignedOrNone, false, "none", AttestationError.None)]
    [InlineData(RootExpectation.SignedOrNone, false, "other", AttestationError.RootNotSigned)]
    [InlineData(RootExpectation.Unsigned, false, "other", AttestationError.None)]
    [InlineData(RootExpectation.Unsigned, false, "none", AttestationError.RootNotSigned)]
    [InlineData(RootExpectation.Unsigned, true, "other", AttestationError.RootNotSigned)]
    [InlineData(RootExpectation.Unsigned, true, "signed", AttestationError.RootNotSigned)]
    public void Root_Commitment_IsJudgedAsExpected(RootExpectation expectation, bool genesis, string commitment, AttestationError expected)
    {
        _trust.HasGenesis = genesis;
        byte[] bytes = commitment switch { "signed" => _trust.Commitment, "none" => new byte[32], _ => FakeModule.Filled(0x77, 32) };
        Assert.Equal(expected, Verify(Statement() with { RootCommitment = bytes }, expectation, out _));
    }

    private AttestationStatement Statement() => new(_trust.FleetId, _trust.Commitment, 5, FakeModule.Filled(3, 32), FakeModule.Filled(4, 32));

    private EnclaveTrust Trust() => EnclaveTrust.Create(_trust.File(_module.Root.RawData), _module.Root);

    private AttestationError Verify(AttestationStatement statement, RootExpectation root, out VerifiedAttestation attestation)
    {
        _module.UserData = statement.UserData(Spki);
        return Judge(statement, root, out attestation);
    }

    private AttestationError Judge(AttestationStatement statement, RootExpectation root, out VerifiedAttestation attestation)
    {
        if (_module.Nonce is { Length: 32 } nonce && nonce[0] == 7)
            _module.Nonce = Nonce;
        return AttestationVerifier.Verify(new(_module.Document(), statement), Spki, Nonce, Trust(), root, FakeModule.Now, out attestation);
    }
}
