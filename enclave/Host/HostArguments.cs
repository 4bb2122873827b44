using E3.Relay.Enclave.Protocol.Transport;

namespace E3.Relay.Enclave.Host;

/// <summary>The command line: <c>--config FILE --listen ADDRESS --nsm /dev/nsm|unix:PATH [--parent-stdin]</c>.</summary>
internal sealed record HostArguments(string ConfigurationFile, EnclaveAddress Listen, string SecurityModule, bool EndsWithParent)
{
    /// <summary>True when the security module is a socket, that is, somebody's simulation of one.</summary>
    public bool HasSimulatedModule => SecurityModule.StartsWith("unix:", StringComparison.Ordinal);

    /// <summary>Reads the command line; null when anything about it is not as written above.</summary>
    public static HostArguments? TryRead(ReadOnlySpan<string> arguments)
    {
        string? configuration = null, module = null;
        EnclaveAddress? listen = null;
        bool endsWithParent = false;
        for (int i = 0; i < arguments.Length; i++)
        {
            string? value = i + 1 < arguments.Length ? arguments[i + 1] : null;
            switch (arguments[i])
            {
                case "--config" when !string.IsNullOrEmpty(value):
                    configuration = value;
                    i++;
                    break;
                case "--listen" when value is not null && EnclaveAddress.TryParse(value, out listen):
                    i++;
                    break;
                case "--nsm" when value is not null && IsModule(value):
                    module = value;
                    i++;
                    break;
                case "--parent-stdin":
                    endsWithParent = true;
                    break;
                default:
                    return null;
            }
        }

        return configuration is null || listen is null || module is null ? null : new(configuration, listen, module, endsWithParent);
    }

    private static bool IsModule(string value) =>
        value.StartsWith('/') || (EnclaveAddress.TryParse(value, out EnclaveAddress address) && address.UnixPath is not null);
}
