using E3.Relay.Enclave.Protocol.Transport;

namespace E3.Relay.Enclave.Client;

/// <summary>An address that may lead to one engine now and to another one later: a path that is a symbolic link to the socket of the engine that serves.</summary>
internal static class PublishedAddress
{
    /// <summary>Where it leads now; null when it leads nowhere else, as other addresses do, or cannot be read at the moment.</summary>
    public static string? Target(EnclaveAddress address)
    {
        try
        {
            return address.UnixPath is { } path ? new FileInfo(path).LinkTarget : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
