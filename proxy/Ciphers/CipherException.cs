using E3.Relay.Enclave.Protocol;

namespace E3.Relay.Proxy.Ciphers;

/// <summary>A whole call to the engine failed. Carries a code and nothing else.</summary>
/// <param name="code">What the engine said; <see cref="ErrorCode.None"/> when it was not reached.</param>
internal sealed class CipherException(ErrorCode code) : Exception("The call to the engine failed.")
{
    public ErrorCode Code => code;
}
