using E3.Relay.Enclave.Protocol;

namespace E3.Relay.Enclave.Client;

/// <summary>The engine refused a whole call.</summary>
/// <param name="code">What it said.</param>
public sealed class EnclaveException(ErrorCode code) : Exception($"The enclave refused the call: {code}.")
{
    /// <summary>What it said.</summary>
    public ErrorCode Code { get; } = code;
}
