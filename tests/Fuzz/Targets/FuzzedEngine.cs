using System.Security.Cryptography;
using E3.Relay.Enclave.Engine;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.Framing;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.State;
using E3.Relay.Testing;
using MessagePack;

namespace E3.Relay.Fuzz.Targets;

/// <summary>An engine in this process, spoken to in frames.</summary>
internal sealed class FuzzedEngine : IDisposable
{
    private readonly Module _module = new();
    private readonly byte[] _tlsKey = new byte[91];
    private readonly FrameBuffer _answer = new();

    /// <summary>An engine that has just booted.</summary>
    public FuzzedEngine()
    {
        Fleet = new TestFleet();
        Engine = new Engine(MeasuredConfiguration.TryRead(Fleet.ConfigurationJson()) ?? throw new BrokenException("a good configuration is taken"), _module, _tlsKey, TimeProvider.System);
    }

    public TestFleet Fleet { get; }

    public Engine Engine { get; }

    /// <summary>The commitment to the root key, once there is one.</summary>
    public ReadOnlyMemory<byte> RootCommitment { get; private set; } = new byte[Genesis.CommitmentBytes];

    /// <summary>The channel binding of its callers.</summary>
    public byte[] Channel => SHA256.HashData(_tlsKey);

    /// <summary>Makes a root key and the keys of the app <c>shop</c>.</summary>
    public void Prepare(FuzzedSession helper)
    {
        CreatedRoot created = Read(helper, CallType.CreateRoot, Nonce, CreatedRoot.Read);
        RootCommitment = created.RootCommitment.ToArray();
        helper.Call(CallType.GetAttestationDocument, Wire.Write(Nonce));
        helper.Call(CallType.UnsealRoot, Wire.Write(new UnsealRoot(Fleet.SignGenesis(RootCommitment), TestFleet.Reencrypt(created.WrappedRoot.Span, _module.Answers.LastPublicKey)).Write));
        helper.Call(CallType.SetReady, Wire.Write(new Checksum(0, new StateChain().Head).Write));
        KeyRequest[] requests = [.. Enum.GetValues<KeyPurpose>().Where(static purpose => purpose < KeyPurpose.Retirement).Select(static purpose => new KeyRequest("shop", purpose))];
        ReadOnlyMemory<byte>[] entries = Read(helper, CallType.CreateKey, (ref MessagePackWriter writer) => KeyRequest.Write(ref writer, requests), Entries.Read);
        helper.Call(CallType.LoadState, Wire.Write((ref MessagePackWriter writer) => Entries.Write(ref writer, entries)));
        helper.Call(CallType.ActivateKey, Wire.Write((ref MessagePackWriter writer) => Length(ref writer, entries.Length)));
        BrokenException.Unless(Engine.Phase == EnginePhase.Ready, "an engine with keys is ready");
    }

    /// <summary>Hands a frame to the engine, and judges the form of the answer.</summary>
    public (ErrorCode Code, byte[] Payload, bool Keep) Answer(CallerSession session, byte[] frame)
    {
        bool keep = Engine.Answer(session, frame, _answer);
        ReadOnlySpan<byte> answer = _answer.Frame.Span;
        BrokenException.Unless(AnswerHeader.TryRead(answer, out AnswerHeader header) && Enum.IsDefined(header.Code), "an answer has a header with a known code");
        BrokenException.Unless(header.Sequence == new RequestHeader(frame).Sequence && header.Call == new RequestHeader(frame).Call, "an answer names its request");
        BrokenException.Unless(header.Code == ErrorCode.None || answer.Length == AnswerHeader.Bytes, "an error says nothing more");
        return (header.Code, answer[AnswerHeader.Bytes..].ToArray(), keep);
    }

    public void Dispose()
    {
        Engine.Dispose();
        Fleet.Dispose();
        _answer.Dispose();
    }

    /// <summary>The body of a request that is a nonce.</summary>
    public static void Nonce(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(1);
        writer.Write(new byte[32]);
    }

    public static void Length(ref MessagePackWriter writer, int length)
    {
        writer.WriteArrayHeader(1);
        writer.Write(length);
    }

    private static T Read<T>(FuzzedSession session, CallType call, Wire.Body body, Wire.Reader<T> read) =>
        Wire.TryRead(session.Call(call, Wire.Write(body)), read, out T message) ? message : throw new BrokenException($"the answer to {call} is one");

    private sealed class Module : ISecurityModule
    {
        public UnsignedSecurityModule Answers { get; } = new(TimeProvider.System);

        public byte[] Exchange(byte[] request) => Answers.Answer(request);
    }
}
