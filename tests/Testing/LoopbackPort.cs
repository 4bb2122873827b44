using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace E3.Relay.Testing;

/// <summary>Free TCP ports on 127.0.0.1, for programs that must be told one.</summary>
public static class LoopbackPort
{
    private static readonly ConcurrentDictionary<int, bool> Taken = new();

    /// <summary>
    /// A port that nobody listened on a moment ago and that this process has not handed out before.
    /// Prefer port 0 where a program can say which port it got: between this call and the bind another may take it.
    /// </summary>
    public static int Take()
    {
        while (true)
        {
            using var probe = new TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            var port = ((IPEndPoint)probe.LocalEndpoint).Port;
            if (Taken.TryAdd(port, true))
                return port;
        }
    }
}
