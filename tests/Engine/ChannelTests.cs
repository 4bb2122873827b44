using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.Framing;
using E3.Relay.Testing;
using MessagePack;

namespace E3.Relay.Enclave.Engine.Tests;

/// <summary>Who gets to speak to the engine, and what each other one is told.</summary>
public sealed class ChannelTests : IDisposable
{
    private readonly EngineHarness _harness = EngineHarness.Ready();

    public void Dispose() => _harness.Dispose();

    [Fact]
    public void Frame_WithoutSignature_IsRefusedAndEndsTheSession()
    {
        using HarnessSession session = _harness.Open(new GrantedOperation(TransformOperation.Encrypt));
        byte[] frame = EncryptFrame(session.Caller);
        frame.AsSpan(RequestHeader.SignedBytes, RequestHeader.SignatureBytes).Clear();
        Assert.Equal(ErrorCode.FrameUnsigned, session.Send(frame).Code);
        Assert.False(session.Kept);
    }

    [Fact]
    public void Frame_SignedByAnUnknownKey_IsRefused()
    {
        using HarnessSession session = _harness.Open(new GrantedOperation(TransformOperation.Encrypt));
        using var stranger = new TestCaller { Channel = _harness.Channel, SessionNonce = session.Caller.SessionNonce, Sequence = session.Caller.Sequence };
        Assert.Equal(ErrorCode.CallerUnknown, session.Send(EncryptFrame(stranger)).Code);
        Assert.False(session.Kept);
    }

    [Fact]
    public void Frame_SignedByAnotherKeyUnderTheCallersId_IsRefused()
    {
        using HarnessSession session = _harness.Open(new GrantedOperation(TransformOperation.Encrypt));
        byte[] frame = EncryptFrame(session.Caller);
        using var stranger = new TestCaller { SessionNonce = session.Caller.SessionNonce };
        stranger.Resign(frame);
        Assert.Equal(ErrorCode.SignatureInvalid, session.Send(frame).Code);
    }

    [Fact]
    public void Frame_Replayed_IsRefused()
    {
        using HarnessSession session = _harness.Open(new GrantedOperation(TransformOperation.Encrypt));
        byte[] frame = EncryptFrame(session.Caller);
        Assert.Equal(ErrorCode.None, session.Send(frame).Code);
        Assert.Equal(ErrorCode.SequenceInvalid, session.Send(frame).Code);
        Assert.False(session.Kept);
    }

    [Fact]
    public void Frame_Skipped_IsRefused()
    {
        using HarnessSession session = _harness.Open(new GrantedOperation(TransformOperation.Encrypt));
        session.Caller.Sequence++;
        Assert.Equal(ErrorCode.SequenceInvalid, session.Send(EncryptFrame(session.Caller)).Code);
    }

    [Fact]
    public void Frame_OfAnotherSessionOfTheSameCaller_IsRefused()
    {
        using HarnessSession first = _harness.Open(new GrantedOperation(TransformOperation.Encrypt));
        byte[] frame = EncryptFrame(first.Caller);
        using var second = new HarnessSession(_harness.Engine, first.Caller);
        first.Caller.Sequence = 0;
        first.Caller.SessionNonce = new byte[FrameDigest.NonceBytes];
        Assert.Equal(ErrorCode.None, second.Hello(_harness.Fleet.Grant(first.Caller, _harness.Now, new GrantedOperation(TransformOperation.Encrypt))));
        Assert.Equal(ErrorCode.SignatureInvalid, second.Send(frame).Code);
    }

    [Fact]
    public void Hello_RelayedThroughAnotherEndpoint_IsRefused()
    {
        using var caller = new TestCaller { Channel = SHA256.HashData("the relay's own certificate"u8) };
        using var session = new HarnessSession(_harness.Engine, caller);
        Assert.Equal(ErrorCode.ChannelMismatch, session.Hello(_harness.Fleet.Grant(caller, _harness.Now)));
        Assert.False(session.Kept);
    }

    [Fact]
    public void Frame_WithAnyFlippedBit_IsRefused()
    {
        byte[] sample = [];
        using (HarnessSession session = _harness.Open(new GrantedOperation(TransformOperation.Encrypt)))
            sample = EncryptFrame(session.Caller);
        for (int bit = 0; bit < sample.Length * 8; bit += 7)
        {
            using HarnessSession session = _harness.Open(new GrantedOperation(TransformOperation.Encrypt));
            byte[] frame = EncryptFrame(session.Caller);
            frame[bit / 8] ^= (byte)(1 << (bit % 8));
            ErrorCode code = session.Send(frame).Code;
            Assert.True(
                code is ErrorCode.VersionUnsupported or ErrorCode.CallerUnknown or ErrorCode.SequenceInvalid or ErrorCode.ChannelMismatch or ErrorCode.SignatureInvalid or ErrorCode.HelloOutOfPlace,
                $"bit {bit}: {code}");
            Assert.False(session.Kept);
        }
    }

    [Fact]
    public void FirstFrame_ThatIsNoHello_IsRefused()
    {
        using var caller = new TestCaller { Channel = _harness.Channel };
        using var session = new HarnessSession(_harness.Engine, caller);
        Assert.Equal(ErrorCode.HelloOutOfPlace, session.Send(EncryptFrame(caller)).Code);
        Assert.False(session.Kept);
    }

    [Fact]
    public void Hello_Twice_IsRefused()
    {
        using HarnessSession session = _harness.Open();
        Assert.Equal(ErrorCode.HelloOutOfPlace, session.Send(session.Caller.HelloFrame(_harness.Fleet.Grant(session.Caller, _harness.Now))).Code);
    }

    [Fact]
    public void Hello_ForVersionsNotServed_IsRefused()
    {
        using var caller = new TestCaller { Channel = _harness.Channel };
        using var session = new HarnessSession(_harness.Engine, caller);
        Assert.Equal(ErrorCode.VersionUnsupported, session.Send(caller.HelloFrame(_harness.Fleet.Grant(caller, _harness.Now), versionMin: 2, versionMax: 9)).Code);
    }

    [Fact]
    public void Hello_WhenTheSecurityModuleIsSilent_IsRefused()
    {
        using var caller = new TestCaller { Channel = _harness.Channel };
        using var session = new HarnessSession(_harness.Engine, caller);
        _harness.Module.IsBroken = true;
        Assert.Equal(ErrorCode.AttestationUnavailable, session.Hello(_harness.Fleet.Grant(caller, _harness.Now)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(90)]
    [InlineData(91)]
    [InlineData(120)]
    public void Hello_Truncated_IsRefused(int bytes)
    {
        using var caller = new TestCaller { Channel = _harness.Channel };
        using var session = new HarnessSession(_harness.Engine, caller);
        byte[] payload = caller.HelloFrame(_harness.Fleet.Grant(caller, _harness.Now))[RequestHeader.Bytes..][..bytes];
        caller.Sequence = 0;
        ErrorCode code = session.Send(caller.Frame(CallType.Hello, payload)).Code;
        Assert.Equal(bytes < 91 ? ErrorCode.CallerUnknown : ErrorCode.MessageMalformed, code);
        Assert.False(session.Kept);
    }

    [Fact]
    public void Call_Unknown_IsRefused()
    {
        using HarnessSession session = _harness.Open();
        Assert.Equal(ErrorCode.CallUnknown, session.TryCall((CallType)99, EngineHarness.Nonce));
    }

    [Fact]
    public void Message_WithBytesBehindIt_IsRefused()
    {
        using HarnessSession session = _harness.Open(new GrantedOperation(TransformOperation.Encrypt));
        Assert.Equal(ErrorCode.MessageMalformed, session.TryCall(CallType.Transform, static (ref MessagePackWriter writer) =>
        {
            TestCaller.Transform(EngineHarness.Group(TransformOperation.Encrypt, (DataType.String, "x")))(ref writer);
            writer.WriteNil();
        }));
        Assert.False(session.Kept);
    }

    [Fact]
    public void Messages_OfRandomBytes_AreRefusedAndNeverThrow()
    {
        var random = new Random(7);
        CallType[] calls = [CallType.Transform, CallType.GetPublicKeys, CallType.GetAttestationDocument];
        for (int i = 0; i < 2000; i++)
        {
            using HarnessSession session = _harness.Open(new GrantedOperation(TransformOperation.Encrypt));
            byte[] payload = new byte[random.Next(64)];
            random.NextBytes(payload);
            ErrorCode code = session.Send(session.Caller.Frame(calls[i % calls.Length], payload)).Code;
            Assert.True(code is ErrorCode.MessageMalformed or ErrorCode.LimitExceeded or ErrorCode.None, code.ToString());
        }
    }

    private static byte[] EncryptFrame(TestCaller caller) =>
        caller.Frame(CallType.Transform, TestCaller.Transform(EngineHarness.Group(TransformOperation.Encrypt, (DataType.String, "4242424242424242"))));
}
