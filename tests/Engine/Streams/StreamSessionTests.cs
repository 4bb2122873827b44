using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.Tokens;
using E3.Relay.Testing;
using MessagePack;
using static E3.Relay.Enclave.Engine.Tests.Streams.StreamCalls;

namespace E3.Relay.Enclave.Engine.Tests.Streams;

/// <summary>Streams in their sessions: who may open them, how many, how long, and what ends them.</summary>
public sealed class StreamSessionTests : IDisposable
{
    private readonly EngineHarness _harness = EngineHarness.Ready();
    private readonly HarnessSession _session;

    public StreamSessionTests() => _session = _harness.Open(Granted);

    public void Dispose()
    {
        _session.Dispose();
        _harness.Dispose();
    }

    [Theory]
    [InlineData(TransformOperation.Encrypt, "shop", "card", ErrorCode.OperationNotGranted)]
    [InlineData(TransformOperation.Decrypt, "bank", "card", ErrorCode.AppNotGranted)]
    [InlineData(TransformOperation.Decrypt, "shop", "name", ErrorCode.RoleNotGranted)]
    public void Start_OfWhatIsNotGranted_IsRefused(TransformOperation operation, string app, string role, ErrorCode expected)
    {
        byte[] token = _session.Seal([1]);
        using HarnessSession reader = _harness.Open(new GrantedOperation(TransformOperation.Decrypt));
        ReadOnlySpan<byte> header = operation == TransformOperation.Decrypt ? token.AsSpan(0, FileToken.HeaderBytes) : [];
        Assert.Equal(expected, reader.Start(1, Group(operation, app, role), header).Code);
        Assert.True(reader.Kept);
        Assert.Equal((byte[])[1], reader.Open(token).File);
    }

    [Fact]
    public void Start_OfAHelper_OrBeforeTheEngineIsReady_IsRefused()
    {
        using (HarnessSession helper = _harness.Open())
            Assert.Equal(ErrorCode.CallNotGranted, helper.Start(1, Group(TransformOperation.Encrypt)).Code);
        using EngineHarness loaded = _harness.Restart(ready: false);
        using HarnessSession early = loaded.Open(Granted);
        Assert.Equal(ErrorCode.PhaseInvalid, early.Start(1, Group(TransformOperation.Encrypt)).Code);
        Assert.Equal(ErrorCode.PhaseInvalid, early.Continue(1, StreamStep.Last, Array.Empty<byte>()).Code);
    }

    [Fact]
    public void Start_ForAnAppWithoutKeys_IsRefused()
    {
        var caller = new TestCaller { Channel = _harness.Channel };
        using var session = new HarnessSession(_harness.Engine, caller);
        Grant grant = new()
        {
            FleetId = _harness.Fleet.FleetId,
            Serial = 1,
            NotBefore = 0,
            NotAfter = long.MaxValue / 2000,
            Kind = CallerKind.Application,
            CallerKey = caller.SubjectPublicKeyInfo,
            Name = "any",
            Apps = ["*"],
            Roles = ["*"],
            Operations = Granted,
        };
        Assert.Equal(ErrorCode.None, session.Hello(_harness.Fleet.Sign(grant)));
        Assert.Equal(ErrorCode.AppUnknown, session.Start(1, Group(TransformOperation.Encrypt, app: "nobody")).Code);
    }

    [Theory]
    [InlineData(TransformOperation.Verify)]
    [InlineData(TransformOperation.EncryptDeterministic)]
    [InlineData(TransformOperation.Hash)]
    public void Start_OfAnotherOperation_IsMalformed(TransformOperation operation)
    {
        Assert.Equal(ErrorCode.MessageMalformed, _session.Start(1, Group(operation)).Code);
        Assert.False(_session.Kept);
    }

    [Fact]
    public void Start_OfOneTooMany_OrOfANumberInUse_IsRefused_AndTheOthersGoOn()
    {
        for (uint i = 0; i < ProtocolLimits.StreamsMax; i++)
            Assert.Equal(ErrorCode.None, _session.Start(i, Group(TransformOperation.Encrypt)).Code);
        Assert.Equal(ErrorCode.LimitExceeded, _session.Start(1000, Group(TransformOperation.Encrypt)).Code);
        Assert.Equal(ErrorCode.None, _session.Continue(5, StreamStep.Drop, Array.Empty<byte>()).Code);
        Assert.Equal(ErrorCode.LimitExceeded, _session.Start(6, Group(TransformOperation.Encrypt)).Code);
        Assert.Equal(ErrorCode.None, _session.Start(1000, Group(TransformOperation.Encrypt)).Code);
        Assert.Equal(ErrorCode.None, _session.Continue(6, StreamStep.Last, new byte[100]).Code);
    }

    [Fact]
    public void Streams_OfOneSession_TakeTurnsWithEachOtherAndWithFields()
    {
        byte[] first = RandomNumberGenerator.GetBytes(3 * Segment), second = RandomNumberGenerator.GetBytes(3 * Segment);
        byte[] firstToken = _session.Start(10, Group(TransformOperation.Encrypt)).Header, secondToken = _session.Start(20, Group(TransformOperation.Encrypt)).Header;
        for (int i = 0; i < 3; i++)
        {
            StreamStep step = i == 2 ? StreamStep.Last : StreamStep.More;
            firstToken = [.. firstToken, .. _session.Continue(10, step, first.AsMemory(i * Segment, Segment)).Data];
            Assert.Equal("42", System.Text.Encoding.UTF8.GetString(_session.Open(_session.Encrypt("42")).Value.Span));
            secondToken = [.. secondToken, .. _session.Continue(20, step, second.AsMemory(i * Segment, Segment)).Data];
        }

        Assert.Equal(first, _session.Open(firstToken).File);
        Assert.Equal(second, _session.Open(secondToken).File);
    }

    [Fact]
    public void Stream_ThatEndedOrFailed_OrOfAnotherSession_IsUnknown()
    {
        _session.Start(1, Group(TransformOperation.Encrypt));
        using HarnessSession other = _harness.Open(Granted);
        Assert.Equal(ErrorCode.StreamUnknown, other.Continue(1, StreamStep.Last, new byte[1]).Code);
        Assert.Equal(ErrorCode.None, _session.Continue(1, StreamStep.Last, new byte[1]).Code);
        Assert.Equal(ErrorCode.StreamUnknown, _session.Continue(1, StreamStep.Last, new byte[1]).Code);
        Assert.Equal(ErrorCode.StreamUnknown, _session.Continue(1, StreamStep.Drop, Array.Empty<byte>()).Code);
        byte[] token = _session.Seal(new byte[2 * Segment]);
        token[100] ^= 1;
        _session.Start(2, Group(TransformOperation.Decrypt), token.AsSpan(0, FileToken.HeaderBytes));
        Assert.Equal(ErrorCode.TokenRejected, _session.Continue(2, StreamStep.More, token.AsMemory(FileToken.HeaderBytes, SealedSegment)).Code);
        Assert.Equal(ErrorCode.StreamUnknown, _session.Continue(2, StreamStep.Last, token.AsMemory(FileToken.HeaderBytes + SealedSegment)).Code);
        Assert.True(_session.Kept);
    }

    [Theory]
    [InlineData(StreamStep.More, 0)]
    [InlineData(StreamStep.More, 1)]
    [InlineData(StreamStep.More, Segment - 1)]
    [InlineData(StreamStep.More, Segment + 1)]
    public void Data_ThatIsNoWholeSegments_EndsTheStream(StreamStep step, int length)
    {
        _session.Start(1, Group(TransformOperation.Encrypt));
        Assert.Equal(ErrorCode.ValueInvalid, _session.Continue(1, step, new byte[length]).Code);
        Assert.Equal(ErrorCode.StreamUnknown, _session.Continue(1, StreamStep.Last, new byte[1]).Code);
    }

    [Fact]
    public void Data_EmptyAtTheEnd_IsTheEmptyFileOrNothing()
    {
        _session.Start(1, Group(TransformOperation.Encrypt));
        Assert.Equal(TokenGrammar.TagBytes, _session.Continue(1, StreamStep.Last, Array.Empty<byte>()).Data.Length);
        _session.Start(1, Group(TransformOperation.Encrypt));
        Assert.Equal(ErrorCode.None, _session.Continue(1, StreamStep.More, new byte[Segment]).Code);
        Assert.Equal(ErrorCode.ValueInvalid, _session.Continue(1, StreamStep.Last, Array.Empty<byte>()).Code);
    }

    [Fact]
    public void Data_OverTheLimit_OrAStepThatDoesNotExist_IsMalformed()
    {
        _session.Start(1, Group(TransformOperation.Encrypt));
        Assert.Equal(ErrorCode.None, _session.Continue(1, StreamStep.More, new byte[ProtocolLimits.StreamBytesMax]).Code);
        Assert.Equal(ErrorCode.MessageMalformed, _session.Continue(1, StreamStep.More, new byte[ProtocolLimits.StreamBytesMax + Segment]).Code);
        using HarnessSession other = _harness.Open(Granted);
        Assert.Equal(ErrorCode.MessageMalformed, other.Continue(1, (StreamStep)3, Array.Empty<byte>()).Code);
        using HarnessSession dropping = _harness.Open(Granted);
        Assert.Equal(ErrorCode.MessageMalformed, dropping.Continue(1, StreamStep.Drop, new byte[1]).Code);
    }

    [Fact]
    public void Stream_SilentForTooLong_IsDropped_AndMakesRoom()
    {
        _session.Start(1, Group(TransformOperation.Encrypt));
        _session.Start(2, Group(TransformOperation.Encrypt));
        TokenStream kept = _session.Session.Streams[1], silent = _session.Session.Streams[2];
        TimeSpan idle = TimeSpan.FromMilliseconds(ProtocolLimits.StreamIdleMs);
        _harness.Time.Advance(idle - TimeSpan.FromSeconds(1));
        Assert.Equal(ErrorCode.None, _session.Continue(1, StreamStep.More, new byte[Segment]).Code);
        _harness.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(kept.IsOver);
        Assert.True(silent.IsOver);
        for (uint i = 10; i < 10 + ProtocolLimits.StreamsMax - 1; i++)
            Assert.Equal(ErrorCode.None, _session.Start(i, Group(TransformOperation.Encrypt)).Code);
        Assert.Equal(ErrorCode.StreamUnknown, _session.Continue(2, StreamStep.Last, new byte[1]).Code);
        Assert.Equal(ErrorCode.None, _session.Continue(1, StreamStep.Last, new byte[1]).Code);
    }

    [Fact]
    public void Session_Ended_DropsItsStreams()
    {
        HarnessSession session = _harness.Open(Granted);
        session.Start(1, Group(TransformOperation.Encrypt));
        TokenStream stream = session.Session.Streams[1];
        session.Dispose();
        Assert.True(stream.IsOver);
    }

    [Fact]
    public void Stream_AtItsLargest_EndsThere()
    {
        _session.Start(1, Group(TransformOperation.Encrypt));
        _session.Session.Streams[1].Segments = FileToken.SegmentsMax - 1;
        Assert.Equal(ErrorCode.None, _session.Continue(1, StreamStep.More, new byte[Segment]).Code);
        Assert.Equal(ErrorCode.LimitExceeded, _session.Continue(1, StreamStep.Last, new byte[1]).Code);
    }

    [Fact]
    public void Files_ThatDoNotOpen_AreCountedWithTheTokensThatDoNot()
    {
        var caller = new TestCaller { Channel = _harness.Channel };
        using var session = new HarnessSession(_harness.Engine, caller);
        Grant grant = new()
        {
            FleetId = _harness.Fleet.FleetId,
            Serial = 1,
            NotBefore = 0,
            NotAfter = _harness.Now.AddMinutes(30).ToUnixTimeSeconds(),
            Kind = CallerKind.Application,
            CallerKey = caller.SubjectPublicKeyInfo,
            Name = "guesser",
            Apps = ["shop"],
            Roles = ["card"],
            Operations = Granted,
            FailedOpensMax = 2,
        };
        Assert.Equal(ErrorCode.None, session.Hello(_harness.Fleet.Sign(grant)));
        byte[] good = session.Seal([1, 2, 3]), bad = [.. good[..^1], (byte)(good[^1] ^ 1)], otherKind = [.. good[..5], 0, .. good[6..]];
        Assert.Equal(ErrorCode.TokenRejected, session.Open(bad).Code);
        Assert.Equal(ErrorCode.TokenRejected, session.Open(otherKind).Code);
        Assert.Equal(ErrorCode.LimitExceeded, session.Open(bad).Code);
        Assert.Equal(ErrorCode.LimitExceeded, session.Open(otherKind).Code);
        Assert.Equal(ErrorCode.None, session.Open(good).Code);
    }

    [Fact]
    public void Stream_UnderARevokedGrant_GoesNoFurther()
    {
        _session.Start(1, Group(TransformOperation.Encrypt));
        byte[] policy = _harness.Fleet.Sign(DocumentKind.Policy, new Policy(_harness.Fleet.FleetId, 1, 0, 2).Write());
        using (HarnessSession helper = _harness.Open())
            _harness.Activate(helper, CallType.SetPolicy, (ref MessagePackWriter writer) => WritePolicy(ref writer, policy));
        Assert.Equal(ErrorCode.GrantRevoked, _session.Continue(1, StreamStep.More, new byte[Segment]).Code);
        Assert.False(_session.Kept);
    }

    [Fact]
    public void Stream_WhoseKeyIsRetired_SealsNoMore_AndOneThatOpensGoesOn()
    {
        byte[] before = _session.Seal(new byte[2 * Segment]);
        _session.Start(1, Group(TransformOperation.Encrypt));
        _session.Start(2, Group(TransformOperation.Decrypt), before[..FileToken.HeaderBytes]);
        Assert.Equal(ErrorCode.None, _session.Continue(1, StreamStep.More, new byte[Segment]).Code);
        _harness.Rotate("shop", KeyPurpose.Random);
        Assert.Equal(ErrorCode.None, _session.Continue(1, StreamStep.More, new byte[Segment]).Code);
        _harness.Retire(DataKey.IdOf(before.AsSpan(7, 8)));
        Assert.Equal(ErrorCode.KeyNotLoaded, _session.Continue(1, StreamStep.More, new byte[Segment]).Code);
        Assert.Equal(ErrorCode.StreamUnknown, _session.Continue(1, StreamStep.Last, new byte[1]).Code);
        Assert.Equal(ErrorCode.None, _session.Continue(2, StreamStep.Last, before[FileToken.HeaderBytes..]).Code);
    }

    private static void WritePolicy(ref MessagePackWriter writer, byte[] policy)
    {
        writer.WriteArrayHeader(1);
        writer.Write(policy);
    }
}
