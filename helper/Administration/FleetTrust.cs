using System.Security.Cryptography.X509Certificates;
using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Client.Attestation;

namespace E3.Relay.Helper.Administration;

/// <summary>Puts together what a fleet trusts: the measured configuration, the signed list of accepted images, and the genesis document once there is one.</summary>
internal static class FleetTrust
{
    /// <summary>The trust file; nothing in it is verified yet.</summary>
    public static TrustFile File(MeasuredConfiguration configuration, DocumentFile measurements, ReadOnlyMemory<byte> genesis, X509Certificate2? simulatedRoot) => new()
    {
        FleetId = configuration.FleetId,
        Administrators = [.. configuration.Administrators.Select(static key => (ReadOnlyMemory<byte>)key)],
        Threshold = configuration.Threshold,
        Genesis = genesis,
        Measurements = measurements.Write(),
        SimulatedRoot = simulatedRoot?.RawDataMemory ?? default,
    };

    /// <summary>The trust, verified.</summary>
    /// <exception cref="InvalidDataException">A document is not signed by enough administrators, or of another fleet.</exception>
    public static EnclaveTrust Create(MeasuredConfiguration configuration, DocumentFile measurements, ReadOnlyMemory<byte> genesis, X509Certificate2? simulatedRoot) =>
        EnclaveTrust.Create(File(configuration, measurements, genesis, simulatedRoot), simulatedRoot);
}
