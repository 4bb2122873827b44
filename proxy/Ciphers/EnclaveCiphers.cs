using E3.Relay.Enclave.Client;
using E3.Relay.Proxy.Configuration;

namespace E3.Relay.Proxy.Ciphers;

/// <summary>Makes the engine available under each identity that some listener uses.</summary>
internal static class EnclaveCiphers
{
    // An engine on the same machine comes up within a second of its start: asking often is what makes the proxy ready soon after it.
    private static readonly TimeSpan RetryDelayMax = TimeSpan.FromMilliseconds(50);

    /// <summary>Makes the ciphers, and has them opened and closed with the host.</summary>
    public static CipherTable Add(IServiceCollection services, RelayOptions options)
    {
        if (options.Enclave is not { } enclave || options.Callers.Count == 0)
            return new CipherTable(new Dictionary<string, IFieldCipher>());
        var trust = new TrustSource(enclave.TrustPath, enclave.SimulatedRootPath, enclave.AllowsEmulated, new(enclave.WitnessPath));
        var client = new EnclaveClientOptions
        {
            Address = enclave.Address,
            Connections = enclave.Connections,
            CallTimeout = TimeSpan.FromMilliseconds(enclave.CallTimeoutMs),
            RetryDelayMax = RetryDelayMax,
        };
        EnclaveCipher[] ciphers = [.. options.Callers.Select(caller => new EnclaveCipher(caller, Path.Combine(enclave.CallersPath, caller), client, trust))];
        services.AddHostedService(provider => ActivatorUtilities.CreateInstance<EnclaveSessions>(provider, ciphers, trust));
        return new CipherTable(ciphers.ToDictionary(cipher => cipher.Caller, IFieldCipher (cipher) => cipher, StringComparer.Ordinal));
    }
}
