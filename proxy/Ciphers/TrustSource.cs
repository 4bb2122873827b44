using System.Security.Cryptography.X509Certificates;
using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Client.Attestation;

namespace E3.Relay.Proxy.Ciphers;

/// <summary>Reads the trust file at each attempt to open a session: it is replaced when images or administrators change, and absent before genesis.</summary>
/// <param name="trustPath">The trust file.</param>
/// <param name="simulatedRootPath">The simulated root that may be honoured; it has been judged at start.</param>
/// <param name="allowsEmulated">Whether an emulator may be; judged likewise.</param>
/// <param name="witness">Remembers how far the fleet's state was seen to be.</param>
internal sealed class TrustSource(string trustPath, string? simulatedRootPath, bool allowsEmulated, ChainWitness witness)
{
    /// <summary>False when what was seen of the fleet's state cannot be written to its file.</summary>
    public bool IsWitnessKept => witness.IsKept;

    /// <summary>What is trusted now.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="InvalidDataException">The trust file cannot be used.</exception>
    public EnclaveTrust Load()
    {
        EnclaveTrust trust = EnclaveTrust.Load(trustPath, simulatedRootPath is null ? null : X509CertificateLoader.LoadCertificateFromFile(simulatedRootPath), allowsEmulated);
        trust.Witness = witness;
        return trust;
    }
}
