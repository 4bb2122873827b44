using System.Net.Sockets;
using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol.Transport;
using E3.Relay.Helper.Tee;
using E3.Relay.Testing;

namespace E3.Relay.Helper.Tests.Tee;

public sealed class EngineBridgeTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Connection_BothWays_IsCarriedWhole()
    {
        await using EngineBridge bridge = CreateBridge();
        using Socket engine = Listen("engine");
        bridge.LeadTo(AddressOf("engine"));
        using Socket caller = await ConnectAsync();
        using Socket served = await engine.AcceptAsync(Token);
        byte[] sent = RandomNumberGenerator.GetBytes(3 << 20);

        Task echoing = EchoAsync(served);
        Task sending = SendAsync(caller, sent);
        byte[] received = await ReceiveAsync(caller, sent.Length);
        await sending;
        Assert.Equal(sent, received);

        caller.Dispose();
        await echoing.WaitAsync(TimeBound.Default, Token);
        await TimeBound.UntilAsync(() => bridge.Open == 0, "the connection ends at both ends");
    }

    [Fact]
    public async Task Engine_Ends_EndsTheCallersConnection()
    {
        await using EngineBridge bridge = CreateBridge();
        using Socket engine = Listen("engine");
        bridge.LeadTo(AddressOf("engine"));
        using Socket caller = await ConnectAsync();
        using (Socket served = await engine.AcceptAsync(Token))
            await SendAsync(served, [1]);

        Assert.Equal([1], await ReceiveAsync(caller, 1));
        Assert.Equal(0, await caller.ReceiveAsync(new byte[1], Token));
    }

    [Fact]
    public async Task LeadTo_AnotherEngine_MovesNewConnectionsOnly()
    {
        await using EngineBridge bridge = CreateBridge();
        using Socket first = Listen("first");
        using Socket second = Listen("second");
        bridge.LeadTo(AddressOf("first"));
        using Socket old = await ConnectAsync();
        using Socket served = await first.AcceptAsync(Token);
        bridge.LeadTo(AddressOf("second"));
        using Socket fresh = await ConnectAsync();
        using Socket servedBySecond = await second.AcceptAsync(Token);

        await SendAsync(served, [1]);
        await SendAsync(servedBySecond, [2]);
        Assert.Equal([1], await ReceiveAsync(old, 1));
        Assert.Equal([2], await ReceiveAsync(fresh, 1));
    }

    [Fact]
    public async Task Connection_WithoutAnEngine_IsEnded()
    {
        await using EngineBridge bridge = CreateBridge();
        using (Socket early = await ConnectAsync())
            Assert.Equal(0, await ReceiveOrZeroAsync(early));
        bridge.LeadTo(AddressOf("nobody"));
        using (Socket late = await ConnectAsync())
            Assert.Equal(0, await ReceiveOrZeroAsync(late));
        await TimeBound.UntilAsync(() => bridge.Open == 0, "nothing stays open");
    }

    [Fact]
    public async Task Connections_OverTheLimit_AreEndedAndOthersAreNot()
    {
        await using EngineBridge bridge = CreateBridge(connectionsMax: 2);
        using Socket engine = Listen("engine");
        bridge.LeadTo(AddressOf("engine"));
        using Socket first = await ConnectAsync();
        using Socket second = await ConnectAsync();
        using Socket servedFirst = await engine.AcceptAsync(Token);
        using Socket servedSecond = await engine.AcceptAsync(Token);
        using (Socket third = await ConnectAsync())
            Assert.Equal(0, await ReceiveOrZeroAsync(third));

        await SendAsync(servedSecond, [7]);
        await SendAsync(servedFirst, [7]);
        Assert.Equal([7], await ReceiveAsync(first, 1));
        Assert.Equal([7], await ReceiveAsync(second, 1));
    }

    // A caller that does not read must not make the bridge hold what the engine goes on to send.
    [Fact]
    public async Task Caller_ThatDoesNotRead_HoldsUpTheEngine()
    {
        await using EngineBridge bridge = CreateBridge();
        using Socket engine = Listen("engine");
        bridge.LeadTo(AddressOf("engine"));
        using Socket caller = await ConnectAsync();
        using Socket served = await engine.AcceptAsync(Token);
        Task sending = SendAsync(served, new byte[64 << 20]);

        await Task.Delay(500, Token);
        Assert.False(sending.IsCompleted);
        Assert.Equal(64 << 20, (await ReceiveAsync(caller, 64 << 20)).Length);
        await sending;
    }

    [Fact]
    public async Task Dispose_WithOpenConnections_EndsThem()
    {
        EngineBridge bridge = CreateBridge();
        using Socket engine = Listen("engine");
        bridge.LeadTo(AddressOf("engine"));
        using Socket caller = await ConnectAsync();
        using Socket served = await engine.AcceptAsync(Token);
        await bridge.DisposeAsync().AsTask().WaitAsync(TimeBound.Default, Token);
        Assert.Equal(0, await ReceiveOrZeroAsync(caller));
        Assert.Equal(0, await ReceiveOrZeroAsync(served));
    }

    [Fact]
    public async Task Listen_AddressTaken_IsRefused()
    {
        await using EngineBridge bridge = CreateBridge();
        Assert.Equal(ExitCode.TeeUnavailable, Assert.Throws<HelperRefusedException>(() => CreateBridge()).Code);
    }

    private EngineBridge CreateBridge(int connectionsMax = 8) =>
        EngineBridge.Listen(NewSocket(), new UnixDomainSocketEndPoint(_folder.PathOf("bridge")), connectionsMax, TimeSpan.FromSeconds(1));

    private Socket Listen(string name)
    {
        Socket socket = NewSocket();
        socket.Bind(new UnixDomainSocketEndPoint(_folder.PathOf(name)));
        socket.Listen();
        return socket;
    }

    private EnclaveAddress AddressOf(string name)
    {
        Assert.True(EnclaveAddress.TryParse($"unix:{_folder.PathOf(name)}", out EnclaveAddress address));
        return address;
    }

    private async Task<Socket> ConnectAsync()
    {
        Socket socket = NewSocket();
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(_folder.PathOf("bridge")), Token);
        return socket;
    }

    private static Socket NewSocket() => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    private static async Task SendAsync(Socket socket, byte[] bytes)
    {
        for (int sent = 0; sent < bytes.Length;)
            sent += await socket.SendAsync(bytes.AsMemory(sent), Token);
    }

    private static async Task<byte[]> ReceiveAsync(Socket socket, int count)
    {
        byte[] bytes = new byte[count];
        for (int read = 0; read < count;)
        {
            int more = await socket.ReceiveAsync(bytes.AsMemory(read), Token);
            Assert.NotEqual(0, more);
            read += more;
        }

        return bytes;
    }

    private static async Task<int> ReceiveOrZeroAsync(Socket socket)
    {
        try
        {
            return await socket.ReceiveAsync(new byte[1], Token).AsTask().WaitAsync(TimeBound.Default, Token);
        }
        catch (SocketException)
        {
            return 0;
        }
    }

    private static async Task EchoAsync(Socket socket)
    {
        byte[] buffer = new byte[8192];
        int read;
        while ((read = await socket.ReceiveAsync(buffer, Token)) > 0)
            await SendAsync(socket, buffer[..read]);
    }
}
