using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Proxy.Configuration;

namespace E3.Relay.Proxy.Ciphers;

internal static class EnclaveCiphers
{
    public static CipherTable Add(IServiceCollection services, RelayOptions options) =>
        new(options.Callers.ToDictionary(caller => caller, IFieldCipher (caller) => new NoCipher(), StringComparer.Ordinal));

    private sealed class NoCipher : IFieldCipher
    {
        public CipherStatus Status => CipherStatus.Starting;

        public ValueTask<TransformResult[]> TransformAsync(IReadOnlyList<TransformGroup> groups, CancellationToken cancellationToken) => throw new CipherException(ErrorCode.None);
    }
}
