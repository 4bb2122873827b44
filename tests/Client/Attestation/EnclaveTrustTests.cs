using System.Security.Cryptography;
using System.Text;
using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Testing;

namespace E3.Relay.Enclave.Client.Tests.Attestation;

public sealed class EnclaveTrustTests : IDisposable
{
    private readonly FakeModule _module = new();
    private readonly FakeTrust _fake = new();
    private readonly TempFolder _folder = new();

    public void Dispose()
    {
        _module.Dispose();
        _fake.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Load_WrittenFile_ReadsBack()
    {
        string path = Save(_fake.File(_module.Root.RawData).Write());
        var trust = EnclaveTrust.Load(path, _module.Root);

        Assert.Equal(_fake.FleetId, trust.FleetId.ToArray());
        Assert.Equal(_fake.Commitment, trust.RootCommitment!.Value.ToArray());
        Assert.Equal(2, trust.Administrators.Count);
        Assert.Equal("test", Assert.Single(trust.Measurements.Accepted).Name);
        Assert.Equal([false, true], trust.Roots.Select(static root => root.IsSimulated));
    }

    [Fact]
    public void Load_SimulatedRootNotAllowed_TrustsAwsOnly()
    {
        var trust = EnclaveTrust.Load(Save(_fake.File(_module.Root.RawData).Write()), null);
        Assert.Same(AttestationRoot.AwsNitro, Assert.Single(trust.Roots));
    }

    [Fact]
    public void Load_AllowedRootThatTheFileDoesNotName_IsNotTrusted()
    {
        var trust = EnclaveTrust.Load(Save(_fake.File(null).Write()), _module.Root);
        Assert.Same(AttestationRoot.AwsNitro, Assert.Single(trust.Roots));
    }

    [Fact]
    public void Load_OtherSimulatedRootThanAllowed_IsRefused()
    {
        using var other = new FakeModule();
        string path = Save(_fake.File(other.Root.RawData).Write());
        Assert.Contains("simulated root", Assert.Throws<InvalidDataException>(() => EnclaveTrust.Load(path, _module.Root)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_WithoutGenesis_IsRefused()
    {
        _fake.HasGenesis = false;
        string path = Save(_fake.File(null).Write());
        Assert.Throws<InvalidDataException>(() => EnclaveTrust.Load(path, null));
        Assert.Null(EnclaveTrust.Create(_fake.File(null), null).RootCommitment);
    }

    [Fact]
    public void Create_TooFewSignatures_IsRefused()
    {
        _fake.Threshold = 2;
        Assert.NotNull(EnclaveTrust.Create(_fake.File(null), null));
        Refused(_fake.File(null) with { Genesis = _fake.Genesis(_fake.First) });
        Refused(_fake.File(null) with { Genesis = _fake.Genesis(_fake.First, _fake.First) });
        Refused(_fake.File(null) with { Measurements = _fake.Measurements(_fake.Second) });
        Refused(_fake.File(null) with { Measurements = _fake.Measurements() });
    }

    [Fact]
    public void Create_ForeignSignature_IsRefused()
    {
        using var foreign = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Refused(_fake.File(null) with { Genesis = _fake.Genesis(foreign) });
        Refused(_fake.File(null) with { Measurements = _fake.Measurements(foreign) });
    }

    [Fact]
    public void Create_DocumentOfAnotherKind_IsRefused()
    {
        Refused(_fake.File(null) with { Genesis = _fake.Measurements(_fake.First) });
        Refused(_fake.File(null) with { Measurements = _fake.Genesis(_fake.First) });
    }

    [Fact]
    public void Create_DocumentOfAnotherFleet_IsRefused()
    {
        TrustFile file = _fake.File(null);
        _fake.FleetId = FakeModule.Filled(0x12, 16);
        Refused(file with { Genesis = _fake.Genesis(_fake.First) });
        Refused(file with { Measurements = _fake.Measurements(_fake.First) });
    }

    [Fact]
    public void Create_SameAdministratorTwice_IsRefused()
    {
        TrustFile file = _fake.File(null);
        Refused(file with { Administrators = [file.Administrators[0], file.Administrators[0]], Threshold = 2 });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(3)]
    public void Create_ThresholdOutOfRange_IsRefused(int threshold) => Refused(_fake.File(null) with { Threshold = threshold });

    [Fact]
    public void Create_AdministratorKeyOfAnotherKind_IsRefused()
    {
        using var large = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Refused(_fake.File(null) with { Administrators = [large.ExportSubjectPublicKeyInfo()] });
        Refused(_fake.File(null) with { Administrators = [new byte[91]] });
        Refused(_fake.File(null) with { Administrators = [new byte[] { 0x30 }] });
        TrustFile file = _fake.File(null);
        Refused(file with { Administrators = [(byte[])[.. file.Administrators[0].Span, 0]] });
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("{\"fleetId\":\"00\"}")]
    [InlineData("{\"fleetId\":1,\"administrators\":[],\"threshold\":1,\"measurements\":\"\"}")]
    [InlineData("{\"fleetId\":\"00112233445566778899aabbccddeeff\",\"administrators\":[],\"threshold\":\"1\",\"measurements\":\"\"}")]
    [InlineData("{\"fleetId\":\"00112233445566778899aabbccddeeff\",\"administrators\":[],\"threshold\":1,\"measurements\":\"?\"}")]
    [InlineData("{\"fleetId\":\"00112233445566778899aabbccddeeff\",\"administrators\":[],\"threshold\":1,\"measurements\":\"\",\"fallback\":true}")]
    [InlineData("{\"threshold\":1,\"threshold\":1}")]
    public void Load_OtherForm_IsRefused(string json)
    {
        Assert.Throws<InvalidDataException>(() => EnclaveTrust.Load(Save(Encoding.UTF8.GetBytes(json)), null));
    }

    [Fact]
    public void Measurements_NotPinningTheFirstThree_AreMalformed()
    {
        var pcrs = new Dictionary<int, ReadOnlyMemory<byte>> { [0] = FakeModule.Filled(1), [1] = FakeModule.Filled(2), [2] = FakeModule.Filled(3), [8] = FakeModule.Filled(4) };
        Assert.True(Measurements.TryRead(List(pcrs).Write(), out Measurements measurements));
        Assert.Equal(FakeModule.Filled(4), measurements.Accepted[0].Pcrs[8].ToArray());
        foreach (int index in (int[])[0, 1, 2])
            Assert.False(Measurements.TryRead(List(pcrs.Where(pcr => pcr.Key != index)).Write(), out _));
        Assert.False(Measurements.TryRead(List([]).Write(), out _));
        Assert.False(Measurements.TryRead(List([.. pcrs, new(32, FakeModule.Filled(5))]).Write(), out _));
        Assert.False(Measurements.TryRead(List(pcrs.Select(static pcr => KeyValuePair.Create(pcr.Key, (ReadOnlyMemory<byte>)new byte[32]))).Write(), out _));
    }

    [Fact]
    public void Measurements_TruncatedOrExtended_AreMalformed()
    {
        SignedDocument.TryRead(_fake.Measurements(_fake.First), out SignedDocument document);
        byte[] body = document.Body.ToArray();
        Assert.True(Measurements.TryRead(body, out _));
        for (int length = 0; length < body.Length; length++)
            Assert.False(Measurements.TryRead(body[..length], out _));
        Assert.False(Measurements.TryRead((byte[])[.. body, 0xc0], out _));
    }

    private static Measurements List(IEnumerable<KeyValuePair<int, ReadOnlyMemory<byte>>> pcrs) =>
        new(FakeModule.Filled(1, 16), 1, 0, 1, [new("test", 0, 1, new Dictionary<int, ReadOnlyMemory<byte>>(pcrs))]);

    private static void Refused(TrustFile file) => Assert.Throws<InvalidDataException>(() => EnclaveTrust.Create(file, null));

    private string Save(byte[] bytes)
    {
        string path = _folder.PathOf("trust.json");
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
