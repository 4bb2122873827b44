using System.Net;
using System.Net.Sockets;
using E3.Relay.Proxy.Listeners;

namespace E3.Relay.Proxy.Tests;

public sealed class BoundSocketsTests
{
    [Fact]
    public void Bind_OfATakenAddress_IsOneSentenceAndKeepsNothing()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var endPoint = (IPEndPoint)taken.LocalEndpoint;
        string? problem = BoundSockets.TryBind([("free", new IPEndPoint(IPAddress.Loopback, 0)), ("public", endPoint)], out BoundSockets sockets);
        using (sockets)
            Assert.Equal($"The address {endPoint} of listener 'public' is already in use; end the program that holds it or set another address.", problem);
    }

    [Fact]
    public void Bind_OfAnAddressOfAnotherMachine_IsOneSentence()
    {
        string? problem = BoundSockets.TryBind([("public", new IPEndPoint(IPAddress.Parse("192.0.2.1"), 80))], out BoundSockets sockets);
        using (sockets)
            Assert.Equal("The address 192.0.2.1:80 of listener 'public' cannot be bound: AddressNotAvailable.", problem);
    }

    [Fact]
    public async Task Bind_OfPortZero_TakesConnectionsBeforeTheServerRuns()
    {
        Assert.Null(BoundSockets.TryBind([("public", new IPEndPoint(IPAddress.Loopback, 0))], out BoundSockets sockets));
        using (sockets)
        {
            using var client = new TcpClient();
            await client.ConnectAsync(sockets.EndPointOf("public"));
            Assert.True(client.Connected);
            Assert.Same(sockets.Take(sockets.EndPointOf("public")), sockets.Take(sockets.EndPointOf("public")));
        }
    }
}
