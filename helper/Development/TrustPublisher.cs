using System.Security.Cryptography.X509Certificates;
using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Helper.State;
using E3.Relay.Helper.Tee;

namespace E3.Relay.Helper.Development;

/// <summary>Writes the trust file of a development fleet: the simulated administrator accepts exactly the image that this helper starts.</summary>
internal sealed class TrustPublisher(
    string path, SimulatedAdministrator administrator, ReadOnlyMemory<byte> fleetId, TeeMeasurement measurement, X509Certificate2 simulatedRoot, bool isEmulated, TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(365);
    private static readonly TimeSpan Backdate = TimeSpan.FromMinutes(5);

    /// <summary>What this helper trusts before genesis, or after it with the signed document. Nothing is written.</summary>
    public EnclaveTrust Trust(ReadOnlyMemory<byte> genesis) => EnclaveTrust.Create(File(genesis), simulatedRoot, isEmulated);

    /// <summary>What the trust file says, which needs no store.</summary>
    public EnclaveTrust Published() => EnclaveTrust.Load(path, simulatedRoot, isEmulated);

    /// <summary>Writes the trust file.</summary>
    public void Publish(ReadOnlyMemory<byte> genesis) => PrivateFile.Write(path, File(genesis).Write());

    private TrustFile File(ReadOnlyMemory<byte> genesis)
    {
        DateTimeOffset now = time.GetUtcNow();
        (long from, long to) = ((now - Backdate).ToUnixTimeSeconds(), (now + Lifetime).ToUnixTimeSeconds());
        var pcrs = new Dictionary<int, ReadOnlyMemory<byte>> { [0] = measurement.Pcr0, [1] = measurement.Pcr1, [2] = measurement.Pcr2 };
        var measurements = new Measurements(fleetId, (ulong)now.ToUnixTimeSeconds(), from, to, [new("development", from, to, pcrs)]);
        return new()
        {
            FleetId = fleetId,
            Administrators = [administrator.PublicKey],
            Threshold = 1,
            Genesis = genesis,
            Measurements = administrator.Sign(measurements),
            SimulatedRoot = simulatedRoot.RawDataMemory,
            Emulated = isEmulated,
        };
    }
}
