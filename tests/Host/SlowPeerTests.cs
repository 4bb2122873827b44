using System.Diagnostics;
using System.Net.Sockets;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Testing;

namespace E3.Relay.Enclave.Host.Tests;

/// <summary>Peers without a session that take their time. Each test has a host of its own, and nothing else runs beside it: it is about time.</summary>
[Collection(Alone)]
public sealed class SlowPeerTests
{
    internal const string Alone = "Alone";

    private static readonly TimeSpan HandshakeBound = TimeSpan.FromMilliseconds(ProtocolLimits.HandshakeTimeoutMs);

    // A timer may fire a little early against another clock.
    private static readonly TimeSpan Early = TimeSpan.FromMilliseconds(200);

    // Generous, because machines are busy; still far from "never".
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(8);

    [Fact]
    public async Task Peer_ThatSaysNothing_IsDroppedAfterTheHandshakeBound()
    {
        await using RunningHost host = await RunningHost.ReadyAsync();
        using Socket peer = await SilentAsync(host);
        long start = Stopwatch.GetTimestamp();
        await AssertDroppedAsync(peer, start, HandshakeBound);
    }

    [Fact]
    public async Task Peer_ThatSaysNoHello_IsDroppedAfterTheHandshakeBound()
    {
        await using RunningHost host = await RunningHost.ReadyAsync();
        long start = Stopwatch.GetTimestamp();
        await using HostConnection connection = await HostConnection.ConnectAsync(host.EndPoint);
        await connection.AssertClosedAsync();
        Assert.InRange(Stopwatch.GetElapsedTime(start), HandshakeBound - Early, HandshakeBound + Late);
    }

    [Fact]
    public async Task Peer_ThatDripsItsHello_IsDroppedAfterTheHandshakeBound()
    {
        await using RunningHost host = await RunningHost.ReadyAsync();
        long start = Stopwatch.GetTimestamp();
        await using HostConnection connection = await HostConnection.ConnectAsync(host.EndPoint);
        byte[] hello = connection.Caller.HelloFrame(host.Grant(connection));
        Task closed = connection.AssertClosedAsync();
        try
        {
            await connection.WriteAsync(HostConnection.Prefix((uint)hello.Length));
            for (int i = 0; i < hello.Length && !closed.IsCompleted; i++)
            {
                await connection.WriteAsync(hello[i..(i + 1)]);
                await Task.WhenAny(closed, Task.Delay(50));
            }
        }
        catch (IOException)
        {
            // Dropped while it wrote.
        }

        await closed;
        Assert.InRange(Stopwatch.GetElapsedTime(start), HandshakeBound - Early, HandshakeBound + Late);
    }

    [Fact]
    public async Task SilentPeers_KeepNobodyWaiting_NeitherANewcomerNorAnOpenSession()
    {
        await using RunningHost host = await RunningHost.ReadyAsync();
        await using HostConnection open = await host.OpenAsync(new GrantedOperation(TransformOperation.Encrypt));
        var peers = new List<Socket>();
        for (int i = 0; i < 2 * ProtocolLimits.PendingMax; i++)
            peers.Add(await SilentAsync(host));
        long start = Stopwatch.GetTimestamp();
        await using HostConnection newcomer = await host.OpenAsync();
        TimeSpan waited = Stopwatch.GetElapsedTime(start);
        Assert.Equal(ErrorCode.None, (await open.TransformAsync(TransformOperation.Encrypt, "4242424242424242")).Code);
        Assert.True(waited < HandshakeBound, $"{waited}");

        // Those that came first were sent away for those that came last.
        Assert.Equal(0, await peers[0].ReceiveAsync(new byte[1]));
        peers.ForEach(peer => peer.Dispose());
    }

    [Fact]
    public async Task Session_BeyondTheMost_IsToldThatTheEngineIsBusy_UntilOneEnds()
    {
        await using RunningHost host = await RunningHost.ReadyAsync();
        var sessions = new List<HostConnection>();
        for (int i = 0; i < ProtocolLimits.SessionsMax; i++)
            sessions.Add(await host.OpenAsync());
        await using (HostConnection refused = await HostConnection.ConnectAsync(host.EndPoint))
        {
            Assert.Equal(ErrorCode.Busy, await refused.HelloAsync(host.Grant(refused)));
            await refused.AssertClosedAsync();
        }

        await sessions[0].CallAsync(CallType.GetAttestationDocument, RunningHost.Nonce);
        await sessions[1].DisposeAsync();
        long ended = Stopwatch.GetTimestamp();
        var code = ErrorCode.Busy;
        while (code == ErrorCode.Busy && Stopwatch.GetElapsedTime(ended) < Late)
        {
            try
            {
                await using HostConnection next = await HostConnection.ConnectAsync(host.EndPoint);
                code = await next.HelloAsync(host.Grant(next));
            }
            catch (IOException)
            {
                // Still busy: it closed before the Hello was written.
            }
        }

        Assert.Equal(ErrorCode.None, code);
        foreach (HostConnection session in sessions)
            await session.DisposeAsync();
    }

    private static async Task<Socket> SilentAsync(RunningHost host)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(host.EndPoint);
        return socket;
    }

    private static async Task AssertDroppedAsync(Socket peer, long start, TimeSpan expected)
    {
        using var bound = new CancellationTokenSource(TimeBound.Default);
        try
        {
            Assert.Equal(0, await peer.ReceiveAsync(new byte[1], bound.Token));
        }
        catch (SocketException)
        {
            // A reset is an end too.
        }

        Assert.InRange(Stopwatch.GetElapsedTime(start), expected - Early, expected + Late);
    }
}
