using E3.Relay.Enclave.Protocol.Transport;

namespace E3.Relay.Enclave.Host;

/// <summary>
/// The command line: <c>--config FILE --listen ADDRESS --nsm /dev/nsm|unix:PATH [--heartbeat ADDRESS] [--emulated] [--parent-stdin]</c>.
/// <c>--emulated</c> says that the device is an emulator's.
/// </summary>
internal sealed record HostArguments(string ConfigurationFile, EnclaveAddress Listen, string SecurityModule, EnclaveAddress? Heartbeat, bool IsEmulated, bool EndsWithParent)
{
    /// <summary>True when the security module is a socket, that is, somebody's simulation of one.</summary>
    public bool HasModuleSocket => SecurityModule.StartsWith("unix:", StringComparison.Ordinal);

    /// <summary>True when nothing that the module says is worth anything outside development.</summary>
    public bool HasSimulatedModule => HasModuleSocket || IsEmulated;

    /// <summary>Reads the command line; null when anything about it is not as written above.</summary>
    public static HostArguments? TryRead(ReadOnlySpan<string> arguments)
    {
        string? configuration = null, module = null;
        EnclaveAddress? listen = null, heartbeat = null;
        bool isEmulated = false, endsWithParent = false;
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
                case "--heartbeat" when value is not null && EnclaveAddress.TryParse(value, out heartbeat):
                    i++;
                    break;
                case "--emulated":
                    isEmulated = true;
                    break;
                case "--parent-stdin":
                    endsWithParent = true;
                    break;
                default:
                    return null;
            }
        }

        return configuration is null || listen is null || module is null ? null : new(configuration, listen, module, heartbeat, isEmulated, endsWithParent);
    }

    private static bool IsModule(string value) =>
        value.StartsWith('/') || (EnclaveAddress.TryParse(value, out EnclaveAddress address) && address.UnixPath is not null);
}
