using System.Security.Cryptography;
using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Enclave.Protocol.Documents;

namespace E3.Relay.Helper.Development;

/// <summary>The simulated administrator of a state folder at its desk: signs what is handed to a running helper afterwards.</summary>
internal sealed class SimulatedSigning : IDisposable
{
    private readonly string _folder;
    private readonly TrustFile _trust;

    private SimulatedSigning(string folder, TrustFile trust, SimulatedAdministrator administrator)
    {
        _folder = folder;
        _trust = trust;
        Administrator = administrator;
    }

    public SimulatedAdministrator Administrator { get; }

    public ReadOnlyMemory<byte> FleetId => _trust.FleetId;

    /// <summary>Opens what a development run left in its state folder.</summary>
    /// <exception cref="HelperRefusedException">The environment is not Development, or there is nothing.</exception>
    public static SimulatedSigning Open(string folder)
    {
        DevelopmentGate.Check(Environment.GetEnvironmentVariable(DevelopmentGate.Variable));
        string key = Path.Combine(folder, "simulated", "administrator.key"), trust = Path.Combine(folder, "trust.json");
        if (!File.Exists(key) || !File.Exists(trust))
            throw new HelperRefusedException(ExitCode.StateUnusable, $"No development fleet was started on the state folder {folder}.");
        return new(folder, TrustFile.Parse(File.ReadAllBytes(trust)), new(SimulatedKeys.LoadOrCreate(key, ECCurve.NamedCurves.nistP256)));
    }

    /// <summary>Signs an order to move from the present root key to a new one, wrapped to the same KMS key.</summary>
    public byte[] SignRewrapOrder()
    {
        if (!SignedDocument.TryRead(_trust.Genesis, out SignedDocument document) || !Genesis.TryRead(document.Body, out Genesis genesis))
            throw new HelperRefusedException(ExitCode.StateUnusable, "The fleet has no root key yet.");
        using RSA kms = SimulatedKeys.LoadOrCreateRsa(Path.Combine(_folder, "simulated", "kms.key"), 2048);
        return Administrator.Sign(new RewrapOrder(FleetId, genesis.RootCommitment, kms.ExportSubjectPublicKeyInfo()));
    }

    public void Dispose() => Administrator.Dispose();
}
