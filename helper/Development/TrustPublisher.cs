using System.Security.Cryptography.X509Certificates;
using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Helper.State;

namespace E3.Relay.Helper.Development;

/// <summary>Writes the trust file of the state folder, and says what this helper trusts itself.</summary>
/// <param name="path">The trust file.</param>
/// <param name="file">Makes its content around a genesis document, which is empty before there is one.</param>
/// <param name="simulatedRoot">The simulated root that may be trusted; null outside Development.</param>
/// <param name="isEmulated">True when an emulator, whose security module signs nothing, may be trusted; never outside Development.</param>
internal sealed class TrustPublisher(string path, Func<ReadOnlyMemory<byte>, TrustFile> file, X509Certificate2? simulatedRoot, bool isEmulated)
{
    /// <summary>What this helper trusts before genesis, or after it with the signed document. Nothing is written.</summary>
    public EnclaveTrust Trust(ReadOnlyMemory<byte> genesis) => EnclaveTrust.Create(file(genesis), simulatedRoot, isEmulated);

    /// <summary>What the trust file says, which needs no store.</summary>
    public EnclaveTrust Published() => EnclaveTrust.Load(path, simulatedRoot, isEmulated);

    /// <summary>Writes the trust file.</summary>
    public void Publish(ReadOnlyMemory<byte> genesis) => PrivateFile.Write(path, file(genesis).Write());
}
