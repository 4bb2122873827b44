using System.Security.Cryptography;
using E3.Relay.Helper.Nsm;
using E3.Relay.Helper.Tee;
using E3.Relay.Testing;
using Microsoft.Extensions.Time.Testing;

namespace E3.Relay.Helper.Tests;

/// <summary>A simulated root, modules under it and a clock, in a folder of their own.</summary>
internal sealed class FakeFleet : IDisposable
{
    public FakeFleet() => Root = SimulatedRoot.LoadOrCreate(Folder.PathOf("root.key"), Folder.PathOf("root.der"), Time);

    public TempFolder Folder { get; } = new();

    public FakeTimeProvider Time { get; } = new(new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    public DateTimeOffset Now => Time.GetUtcNow();

    public SimulatedRoot Root { get; }

    public TeeMeasurement Measurement { get; } = new(RandomNumberGenerator.GetBytes(48), RandomNumberGenerator.GetBytes(48), RandomNumberGenerator.GetBytes(48));

    public SimulatedNsm CreateModule(TeeMeasurement? measurement = null) => new(Bank(measurement ?? Measurement), new AttestationSigner(Root, "i-test-enc1", Time));

    public byte[] Document(byte[]? publicKey, TeeMeasurement? measurement = null)
    {
        using var signer = new AttestationSigner(Root, "i-test-enc1", Time);
        return signer.Sign(Bank(measurement ?? Measurement), null, null, publicKey);
    }

    public void Dispose()
    {
        Root.Dispose();
        Folder.Dispose();
    }

    private static PcrBank Bank(TeeMeasurement measurement) => new(measurement.Pcr0, measurement.Pcr1, measurement.Pcr2);
}
