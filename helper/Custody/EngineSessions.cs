using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Enclave.Protocol.Transport;
using E3.Relay.Helper.Development;
using E3.Relay.Helper.Store;

namespace E3.Relay.Helper.Custody;

/// <summary>Opens sessions of the helper with engines that have the fleet's root key.</summary>
internal sealed class EngineSessions(TrustPublisher publisher, CallerIdentity caller, TimeProvider time)
{
    /// <summary>The serial of the helper's own grant: a policy that revokes it would shut the helper out.</summary>
    public ulong GrantSerial { get; } = SerialOf(caller);

    /// <summary>Opens a session with an engine that has the root key of a state.</summary>
    /// <exception cref="AttestationRefusedException"><see cref="AttestationError.RootNotSigned"/> when the engine has another one.</exception>
    public Task<EnclaveConnection> OpenAsync(EnclaveAddress address, StoreState state, CancellationToken cancellationToken) =>
        EngineCalls.OpenAsync(address, caller, Trust(state), RootExpectation.Signed, time, cancellationToken);

    /// <summary>What is trusted in a state.</summary>
    public EnclaveTrust Trust(StoreState state) => publisher.Trust(state.Root?.Genesis);

    private static ulong SerialOf(CallerIdentity caller) =>
        Enclave.Protocol.Documents.SignedDocument.TryRead(caller.Grant, out Enclave.Protocol.Documents.SignedDocument document)
        && Enclave.Protocol.Documents.Grant.TryRead(document.Body, out Enclave.Protocol.Documents.Grant grant)
            ? grant.Serial
            : 0;
}
