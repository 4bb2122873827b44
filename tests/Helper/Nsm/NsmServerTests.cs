using System.Buffers.Binary;
using System.Net.Sockets;
using E3.Relay.Helper.Nsm;
using E3.Relay.Testing;

namespace E3.Relay.Helper.Tests.Nsm;

public sealed class NsmServerTests : IAsyncDisposable
{
    private static readonly byte[] GetRandom = [0x69, .. "GetRandom"u8];
    private readonly FakeFleet _fleet = new();
    private readonly NsmServer _server;

    public NsmServerTests()
    {
        // A socket file that a killed helper left behind.
        File.WriteAllBytes(_fleet.Folder.PathOf("nsm.sock"), []);
        _server = new(_fleet.Folder.PathOf("nsm.sock"), _fleet.CreateModule());
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _fleet.Dispose();
    }

    [Fact]
    public async Task Connection_ManyRequests_AreAnsweredInOrder()
    {
        await using NetworkStream stream = await ConnectAsync();
        await using NetworkStream other = await ConnectAsync();
        for (int i = 0; i < 3; i++)
        {
            byte[] answer = await AskAsync(stream, GetRandom);
            Assert.True(answer.AsSpan().IndexOf("random"u8) > 0);
            Assert.True((await AskAsync(other, [0xff])).AsSpan().IndexOf("InvalidArgument"u8) > 0);
        }
    }

    [Fact]
    public async Task Connection_RequestInPieces_IsAnswered()
    {
        await using NetworkStream stream = await ConnectAsync();
        byte[] frame = [0, 0, 0, (byte)GetRandom.Length, .. GetRandom];
        foreach (byte one in frame)
            await stream.WriteAsync(new[] { one });
        Assert.NotEmpty(await ReadAsync(stream));
    }

    [Theory]
    [InlineData(0x1001u)]
    [InlineData(uint.MaxValue)]
    public async Task Connection_LengthOverLimit_IsClosed(uint length)
    {
        await using NetworkStream stream = await ConnectAsync();
        byte[] prefix = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(prefix, length);
        await stream.WriteAsync(prefix);
        using var bound = new CancellationTokenSource(TimeBound.Default);
        Assert.Equal(0, await stream.ReadAsync(prefix, bound.Token));
    }

    [Fact]
    public async Task Connection_CutWithinARequest_LeavesTheServerServing()
    {
        await using (NetworkStream cut = await ConnectAsync())
            await cut.WriteAsync(new byte[] { 0, 0, 1, 0, 1 });
        await using NetworkStream stream = await ConnectAsync();
        Assert.NotEmpty(await AskAsync(stream, GetRandom));
    }

    private async Task<NetworkStream> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(_fleet.Folder.PathOf("nsm.sock")));
        return new(socket, ownsSocket: true);
    }

    private static async Task<byte[]> AskAsync(NetworkStream stream, byte[] request)
    {
        await stream.WriteAsync((byte[])[0, 0, 0, (byte)request.Length, .. request]);
        return await ReadAsync(stream);
    }

    private static async Task<byte[]> ReadAsync(NetworkStream stream)
    {
        using var bound = new CancellationTokenSource(TimeBound.Default);
        byte[] prefix = new byte[4];
        await stream.ReadExactlyAsync(prefix, bound.Token);
        byte[] answer = new byte[BinaryPrimitives.ReadUInt32BigEndian(prefix)];
        await stream.ReadExactlyAsync(answer, bound.Token);
        return answer;
    }
}
