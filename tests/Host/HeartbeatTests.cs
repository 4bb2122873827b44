using System.Net.Sockets;
using E3.Relay.Testing;

namespace E3.Relay.Enclave.Host.Tests;

/// <summary>The sign of life to the parent (one byte, sent back), and what marks an emulator's security module.</summary>
public sealed class HeartbeatTests : IDisposable
{
    private const byte Heartbeat = 0xB7;
    private const int Refused = 2;
    private readonly TempFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Parent_ThatAnswers_HearsItWhenTheEngineListens()
    {
        await using var module = new ModuleSocket(_folder.PathOf("nsm"));
        using Socket parent = Listen();
        await using ChildProgram host = Start();
        using Socket peer = await parent.AcceptAsync(Token).AsTask().WaitAsync(TimeBound.Default, Token);
        byte[] heard = new byte[1];
        Assert.Equal(1, await peer.ReceiveAsync(heard, Token));
        Assert.Equal([Heartbeat], heard);
        using (var caller = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
            await caller.ConnectAsync(new UnixDomainSocketEndPoint(_folder.PathOf("e3")), Token);
        Assert.Empty(host.Output);

        await peer.SendAsync(heard, Token);
        await host.WaitForLineAsync("E3 4001 listening");
    }

    [Theory]
    [InlineData(new byte[] { 0xB6 })]
    [InlineData(new byte[0])]
    public async Task Parent_ThatAnswersSomethingElse_EndsTheEngine(byte[] answer)
    {
        await using var module = new ModuleSocket(_folder.PathOf("nsm"));
        using Socket parent = Listen();
        await using ChildProgram host = Start();
        using (Socket peer = await parent.AcceptAsync(Token).AsTask().WaitAsync(TimeBound.Default, Token))
        {
            await peer.ReceiveAsync(new byte[1], Token);
            if (answer.Length > 0)
                await peer.SendAsync(answer, Token);
        }

        Assert.Equal(Refused, await host.WaitForExitAsync());
        Assert.Equal(["E3 4008 parentunreachable"], host.Output);
    }

    [Fact]
    public async Task Parent_ThatIsNotThere_EndsTheEngine()
    {
        await using var module = new ModuleSocket(_folder.PathOf("nsm"));
        await using ChildProgram host = Start();
        Assert.Equal(Refused, await host.WaitForExitAsync());
        Assert.Equal(["E3 4008 parentunreachable"], host.Output);
    }

    // A device that an image calls emulated takes a development configuration, and no other one.
    [Theory]
    [InlineData(true, "E3 4003 configurationrefused")]
    [InlineData(false, "E3 4003 configurationrefused")]
    public async Task EmulatedDevice_ThatIsNoModule_IsRefusedWhateverTheConfiguration(bool simulated, string expected)
    {
        using var fleet = new TestFleet { Simulated = simulated };
        await File.WriteAllBytesAsync(_folder.PathOf("config.json"), fleet.ConfigurationJson(), Token);
        await using ChildProgram host = RunningHost.Start(
            "--config", _folder.PathOf("config.json"), "--listen", "unix:" + _folder.PathOf("e3"), "--nsm", simulated ? "/nowhere/nsm" : "/dev/null", "--emulated");
        Assert.Equal(Refused, await host.WaitForExitAsync());
        Assert.Equal([expected], host.Output);
    }

    private ChildProgram Start()
    {
        using var fleet = new TestFleet();
        File.WriteAllBytes(_folder.PathOf("config.json"), fleet.ConfigurationJson());
        return RunningHost.Start(
            "--config", _folder.PathOf("config.json"), "--listen", "unix:" + _folder.PathOf("e3"), "--nsm", "unix:" + _folder.PathOf("nsm"), "--heartbeat", "unix:" + _folder.PathOf("parent"));
    }

    private Socket Listen()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(_folder.PathOf("parent")));
        socket.Listen();
        return socket;
    }
}
