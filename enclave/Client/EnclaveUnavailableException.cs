namespace E3.Relay.Enclave.Client;

/// <summary>There is no verified session with a ready engine, or it broke while the call was under way.</summary>
/// <param name="reason">What is missing; never data.</param>
/// <param name="inner">The cause, if there is one.</param>
public sealed class EnclaveUnavailableException(string reason, Exception? inner = null) : Exception($"The enclave is not available: {reason}.", inner);
