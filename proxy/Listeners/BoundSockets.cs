using System.Net;
using System.Net.Sockets;

namespace E3.Relay.Proxy.Listeners;

/// <summary>
/// Listening sockets that are bound before anything else is started: a taken port ends the proxy before it has children, and connections made while the
/// server is still being built wait in the backlog.
/// </summary>
internal sealed class BoundSockets : IDisposable
{
    private const int Backlog = 512;

    private readonly List<(string Name, Socket Socket)> _sockets = [];

    /// <summary>Binds every address, or none.</summary>
    /// <returns>The sentence about the first address that cannot be had, or null.</returns>
    public static string? TryBind(IEnumerable<(string Name, IPEndPoint EndPoint)> addresses, out BoundSockets sockets)
    {
        sockets = new BoundSockets();
        foreach ((string name, IPEndPoint endPoint) in addresses)
        {
            var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            sockets._sockets.Add((name, socket));
            try
            {
                socket.Bind(endPoint);
                socket.Listen(Backlog);
            }
            catch (SocketException exception)
            {
                sockets.Dispose();
                return exception.SocketErrorCode == SocketError.AddressAlreadyInUse
                    ? $"The address {endPoint} of listener '{name}' is already in use; end the program that holds it or set another address."
                    : $"The address {endPoint} of listener '{name}' cannot be bound: {exception.SocketErrorCode}.";
            }
        }

        return null;
    }

    /// <summary>The address that a listener got, with its real port.</summary>
    public IPEndPoint EndPointOf(string name) => (IPEndPoint)_sockets.Find(bound => bound.Name == name).Socket.LocalEndPoint!;

    /// <summary>Hands a socket over to the server.</summary>
    public Socket Take(EndPoint endPoint) =>
        _sockets.Find(bound => endPoint.Equals(bound.Socket.LocalEndPoint)).Socket ?? throw new InvalidOperationException("The server listens on an address that was not bound.");

    public void Dispose() => _sockets.ForEach(bound => bound.Socket.Dispose());
}
