using System.Security.Cryptography;
using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Enclave.Protocol.Documents;

namespace E3.Relay.Enclave.Client.Tests.Attestation;

/// <summary>Two administrators and what they signed for <see cref="FakeModule"/>.</summary>
internal sealed class FakeTrust : IDisposable
{
    public ECDsa First { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public ECDsa Second { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public byte[] FleetId { get; set; } = FakeModule.Filled(0x11, 16);

    public byte[] Commitment { get; set; } = FakeModule.Filled(0x22, 32);

    public bool HasGenesis { get; set; } = true;

    public int Threshold { get; set; } = 1;

    public DateTimeOffset ListUntil { get; set; } = FakeModule.Now.AddDays(1);

    public DateTimeOffset AcceptedFrom { get; set; } = FakeModule.Now.AddDays(-1);

    public DateTimeOffset AcceptedUntil { get; set; } = FakeModule.Now.AddDays(1);

    public KeyValuePair<int, byte[]>? Accepted { get; set; }

    public byte[] Measurements(params ReadOnlySpan<ECDsa> signers)
    {
        var pcrs = new Dictionary<int, ReadOnlyMemory<byte>> { [0] = FakeModule.Filled(1), [1] = FakeModule.Filled(2), [2] = FakeModule.Filled(3) };
        if (Accepted is { } changed)
            pcrs[changed.Key] = changed.Value;
        var list = new Measurements(FleetId, 1, FakeModule.Now.AddDays(-1).ToUnixTimeSeconds(), ListUntil.ToUnixTimeSeconds(),
            [new("test", AcceptedFrom.ToUnixTimeSeconds(), AcceptedUntil.ToUnixTimeSeconds(), pcrs)]);
        return SignedDocument.Sign(DocumentKind.Measurements, list.Write(), signers);
    }

    public byte[] Genesis(params ReadOnlySpan<ECDsa> signers) => SignedDocument.Sign(DocumentKind.Genesis, new Genesis(FleetId, Commitment).Write(), signers);

    public TrustFile File(byte[]? simulatedRoot) => new()
    {
        FleetId = FleetId,
        Administrators = [First.ExportSubjectPublicKeyInfo(), Second.ExportSubjectPublicKeyInfo()],
        Threshold = Threshold,
        Genesis = HasGenesis ? Genesis(First, Second) : default(ReadOnlyMemory<byte>),
        Measurements = Measurements(First, Second),
        SimulatedRoot = simulatedRoot,
    };

    public void Dispose()
    {
        First.Dispose();
        Second.Dispose();
    }
}
