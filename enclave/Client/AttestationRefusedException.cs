using E3.Relay.Enclave.Client.Attestation;

namespace E3.Relay.Enclave.Client;

/// <summary>The other end is not an enclave that is trusted. Nothing was sent to it.</summary>
/// <param name="error">Why.</param>
public sealed class AttestationRefusedException(AttestationError error) : Exception($"The enclave's attestation is refused: {error}.")
{
    /// <summary>Why.</summary>
    public AttestationError Error { get; } = error;
}
