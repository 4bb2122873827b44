using System.Text;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.Framing;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Testing;

namespace E3.Relay.Enclave.Host.Tests;

/// <summary>Frames over the wire: each bad one gets its code, and then the connection ends.</summary>
public sealed class FrameTests(ReadyHost ready) : IClassFixture<ReadyHost>
{
    private static readonly GrantedOperation Encrypt = new(TransformOperation.Encrypt);

    private readonly RunningHost _host = ready.Host;

    [Fact]
    public async Task Frame_Signed_IsAnsweredAndTheSessionGoesOn()
    {
        await using HostConnection connection = await _host.OpenAsync(Encrypt);
        for (int i = 0; i < 3; i++)
            Assert.StartsWith("e3.", Encoding.ASCII.GetString((await connection.TransformAsync(TransformOperation.Encrypt, "4242424242424242")).Value.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Frame_WithoutSignature_IsRefused()
    {
        await using HostConnection connection = await _host.OpenAsync(Encrypt);
        byte[] frame = connection.EncryptFrame();
        frame.AsSpan(RequestHeader.SignedBytes, RequestHeader.SignatureBytes).Clear();
        await AssertRefusedAsync(connection, frame, ErrorCode.FrameUnsigned);
    }

    [Fact]
    public async Task Frame_OfAnUnknownKey_IsRefused()
    {
        await using HostConnection connection = await _host.OpenAsync(Encrypt);
        using var stranger = new TestCaller { Channel = connection.Caller.Channel, SessionNonce = connection.Caller.SessionNonce, Sequence = connection.Caller.Sequence };
        await AssertRefusedAsync(connection, stranger.Frame(CallType.Transform, [0x90]), ErrorCode.CallerUnknown);
    }

    [Fact]
    public async Task Frame_Replayed_IsRefused()
    {
        await using HostConnection connection = await _host.OpenAsync(Encrypt);
        byte[] frame = connection.EncryptFrame();
        Assert.Equal(ErrorCode.None, (await connection.SendAsync(frame)).Code);
        await AssertRefusedAsync(connection, frame, ErrorCode.SequenceInvalid);
    }

    [Fact]
    public async Task Hello_ReplayedInAnotherSession_OpensNothing()
    {
        await using HostConnection first = await HostConnection.ConnectAsync(_host.EndPoint);
        byte[] hello = first.Caller.HelloFrame(_host.Grant(first, Encrypt));
        Assert.Equal(ErrorCode.None, (await first.SendAsync(hello)).Code);
        await using HostConnection second = await HostConnection.ConnectAsync(_host.EndPoint);
        Assert.Equal(ErrorCode.None, (await second.SendAsync(hello)).Code);

        // The thief has the answer, but every further frame needs the key.
        await AssertRefusedAsync(second, second.EncryptFrame(), ErrorCode.CallerUnknown);
    }

    [Theory]
    [InlineData(RequestHeader.SignedBytes)]
    [InlineData(RequestHeader.Bytes - 1)]
    [InlineData(RequestHeader.Bytes)]
    [InlineData(RequestHeader.Bytes + 30)]
    public async Task Frame_WithAFlippedBit_IsRefused(int position)
    {
        await using HostConnection connection = await _host.OpenAsync(Encrypt);
        byte[] frame = connection.EncryptFrame();
        frame[position] ^= 1;
        await AssertRefusedAsync(connection, frame, ErrorCode.SignatureInvalid);
    }

    [Fact]
    public async Task Frame_BeforeTheHello_IsRefused()
    {
        await using HostConnection connection = await HostConnection.ConnectAsync(_host.EndPoint);
        await AssertRefusedAsync(connection, connection.EncryptFrame(), ErrorCode.HelloOutOfPlace);
    }

    [Fact]
    public async Task Hello_WithoutAGoodGrant_IsRefused()
    {
        using var otherFleet = new TestFleet();
        await using HostConnection connection = await HostConnection.ConnectAsync(_host.EndPoint);
        byte[] grant = otherFleet.Grant(connection.Caller, TimeProvider.System.GetUtcNow(), Encrypt);
        await AssertRefusedAsync(connection, connection.Caller.HelloFrame(grant), ErrorCode.GrantUntrusted);
    }

    [Theory]
    [InlineData(0xFFFFFFFF)]
    [InlineData(0x80000000)]
    [InlineData(ProtocolLimits.FrameBytesMax + 1)]
    [InlineData(RequestHeader.Bytes - 1)]
    [InlineData(0)]
    public async Task Length_OutOfBounds_IsRefused(uint length)
    {
        await using HostConnection connection = await _host.OpenAsync(Encrypt);
        await connection.WriteAsync(HostConnection.Prefix(length));
        Assert.Equal(ErrorCode.FrameLengthInvalid, (await connection.ReadAnswerAsync()).Code);
        await connection.AssertClosedAsync();
    }

    [Theory]
    [InlineData(0xFFFFFFFF)]
    [InlineData(ProtocolLimits.HelloFrameBytesMax + 1)]
    public async Task Length_OfAHelloOutOfBounds_IsRefused(uint length)
    {
        await using HostConnection connection = await HostConnection.ConnectAsync(_host.EndPoint);
        await connection.WriteAsync(HostConnection.Prefix(length));
        Assert.Equal(ErrorCode.FrameLengthInvalid, (await connection.ReadAnswerAsync()).Code);
        await connection.AssertClosedAsync();
    }

    [Fact]
    public async Task Frame_AtTheLimit_IsAnswered()
    {
        await using HostConnection connection = await _host.OpenAsync(Encrypt);
        TransformGroup group = new() { Operation = TransformOperation.Encrypt, App = "shop", Role = "card", Items = [.. Enumerable.Repeat(new TransformItem(DataType.String, new byte[1_000_000]), 3)] };
        (ErrorCode code, byte[] payload) = await connection.SendAsync(connection.Caller.Frame(CallType.Transform, TestCaller.Transform(group)));
        Assert.Equal(ErrorCode.None, code);
        Assert.InRange(payload.Length, 4_000_000, ProtocolLimits.FrameBytesMax);
    }

    [Fact]
    public async Task Frames_SentAtOnce_AreAnsweredInOrder()
    {
        await using HostConnection connection = await _host.OpenAsync(Encrypt);
        byte[][] frames = [.. Enumerable.Range(0, 20).Select(_ => connection.EncryptFrame())];
        await connection.WriteAsync([.. frames.SelectMany(frame => HostConnection.Prefix((uint)frame.Length).Concat(frame))]);
        for (int i = 0; i < frames.Length; i++)
            Assert.Equal(ErrorCode.None, (await connection.ReadAnswerAsync()).Code);
    }

    [Fact]
    public async Task Sessions_SideBySide_DoNotDisturbEachOther()
    {
        await using HostConnection first = await _host.OpenAsync(Encrypt);
        await using HostConnection second = await _host.OpenAsync(Encrypt, new(TransformOperation.Decrypt));
        await Task.WhenAll(EncryptAsync(first), EncryptAsync(second));
        await AssertRefusedAsync(first, new byte[RequestHeader.Bytes], ErrorCode.VersionUnsupported);
        await EncryptAsync(second);

        static async Task EncryptAsync(HostConnection connection)
        {
            for (int i = 0; i < 50; i++)
                Assert.Equal(ErrorCode.None, (await connection.TransformAsync(TransformOperation.Encrypt, "4242424242424242")).Code);
        }
    }

    private static async Task AssertRefusedAsync(HostConnection connection, byte[] frame, ErrorCode code)
    {
        Assert.Equal(code, (await connection.SendAsync(frame)).Code);
        await connection.AssertClosedAsync();
    }
}
