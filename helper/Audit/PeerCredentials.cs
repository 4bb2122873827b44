using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections.Features;

namespace E3.Relay.Helper.Audit;

/// <summary>Reads SO_PEERCRED (unix(7)): <c>struct ucred</c>, process, user and group as 32-bit numbers.</summary>
internal static class PeerCredentials
{
    private const int SocketLevel = 1;
    private const int PeerCredentialsOption = 17;

    /// <summary>Who is at the other end of the connection; null when it is no Unix socket.</summary>
    public static AuditActor? Of(HttpContext context) => context.Features.Get<IConnectionSocketFeature>() is { } feature ? Of(feature.Socket) : null;

    /// <summary>The same for a socket.</summary>
    public static AuditActor? Of(Socket socket)
    {
        Span<int> credentials = stackalloc int[3];
        try
        {
            int bytes = socket.GetRawSocketOption(SocketLevel, PeerCredentialsOption, MemoryMarshal.AsBytes(credentials));

            // No process: not a Unix socket.
            return bytes == 3 * sizeof(int) && credentials[0] > 0 ? new((uint)credentials[1], (uint)credentials[2], credentials[0]) : null;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return null;
        }
    }
}
