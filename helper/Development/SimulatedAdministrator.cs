using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol.Documents;

namespace E3.Relay.Helper.Development;

/// <summary>
/// Signs what an administrator would sign after looking at it. Outside Development a helper holds only the administrators' public keys.
/// </summary>
internal sealed class SimulatedAdministrator(ECDsa key) : IDisposable
{
    private readonly Lock _lock = new();

    /// <summary>The public key that the measured configuration names.</summary>
    public byte[] PublicKey { get; } = key.ExportSubjectPublicKeyInfo();

    public byte[] Sign(Grant grant) => Sign(DocumentKind.Grant, grant.Write());

    public byte[] Sign(Genesis genesis) => Sign(DocumentKind.Genesis, genesis.Write());

    public byte[] Sign(Enclave.Client.Attestation.Measurements measurements) => Sign(DocumentKind.Measurements, measurements.Write());

    public byte[] Sign(Policy policy) => Sign(DocumentKind.Policy, policy.Write());

    public byte[] Sign(RewrapOrder order) => Sign(DocumentKind.RewrapOrder, order.Write());

    public void Dispose() => key.Dispose();

    private byte[] Sign(DocumentKind kind, byte[] body)
    {
        lock (_lock)
            return SignedDocument.Sign(kind, body, key);
    }
}
