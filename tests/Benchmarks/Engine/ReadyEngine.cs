using E3.Relay.Enclave.Engine;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.Framing;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.State;
using E3.Relay.Testing;
using MessagePack;

namespace E3.Relay.Benchmarks.Engine;

/// <summary>An engine in this process with a root key, the app <c>shop</c>, and a session of an application.</summary>
internal sealed class ReadyEngine : IDisposable
{
    private readonly TestFleet _fleet = new();
    private readonly SecurityModule _module = new();
    private readonly byte[] _tlsKey = new byte[91];
    private readonly FrameBuffer _answer = new();

    public ReadyEngine()
    {
        MeasuredConfiguration configuration = MeasuredConfiguration.TryRead(_fleet.ConfigurationJson()) ?? throw new InvalidOperationException("configuration");
        Engine = new Enclave.Engine.Engine(configuration, _module, _tlsKey, TimeProvider.System);
        (CallerSession session, TestCaller helper) = Open();
        using (session)
        using (helper)
            Start(session, helper);
        (Session, Caller) = Open(new(TransformOperation.Encrypt), new(TransformOperation.Decrypt));
    }

    public Enclave.Engine.Engine Engine { get; }

    public CallerSession Session { get; }

    public TestCaller Caller { get; }

    /// <summary>Makes a call in the application's session and returns the answer's payload.</summary>
    public ReadOnlyMemory<byte> Call(CallType call, Wire.Body body) => Call(Session, Caller.Frame(call, body));

    public void Dispose()
    {
        Session.Dispose();
        Caller.Dispose();
        Engine.Dispose();
        _answer.Dispose();
        _fleet.Dispose();
    }

    private void Start(CallerSession session, TestCaller helper)
    {
        CreatedRoot created = Read(Call(session, helper.Frame(CallType.CreateRoot, Nonce)), CreatedRoot.Read);
        Call(session, helper.Frame(CallType.GetAttestationDocument, Nonce));
        var unseal = new UnsealRoot(_fleet.SignGenesis(created.RootCommitment), TestFleet.Reencrypt(created.WrappedRoot.Span, _module.Answers.LastPublicKey));
        Call(session, helper.Frame(CallType.UnsealRoot, unseal.Write));
        Call(session, helper.Frame(CallType.SetReady, new Checksum(0, new StateChain().Head).Write));
        ReadOnlyMemory<byte>[] entries = Read(
            Call(session, helper.Frame(CallType.CreateKey, static (ref MessagePackWriter writer) => KeyRequest.Write(ref writer, [new("shop", KeyPurpose.Random)]))), Entries.Read);
        Call(session, helper.Frame(CallType.LoadState, (ref MessagePackWriter writer) => Entries.Write(ref writer, entries)));
        Call(session, helper.Frame(CallType.ActivateKey, (ref MessagePackWriter writer) =>
        {
            writer.WriteArrayHeader(1);
            writer.Write(entries.Length);
        }));
    }

    private (CallerSession Session, TestCaller Caller) Open(params GrantedOperation[] operations)
    {
        CallerSession session = Engine.StartSession();
        var caller = new TestCaller { Channel = System.Security.Cryptography.SHA256.HashData(_tlsKey) };
        byte[] grant = _fleet.Grant(caller, TimeProvider.System.GetUtcNow(), operations);
        caller.SessionNonce = Read(Call(session, caller.HelloFrame(grant)), HelloAnswer.Read).SessionNonce;
        return (session, caller);
    }

    private ReadOnlyMemory<byte> Call(CallerSession session, byte[] frame)
    {
        Engine.Answer(session, frame, _answer);
        if (!AnswerHeader.TryRead(_answer.Frame.Span, out AnswerHeader header) || header.Code != ErrorCode.None)
            throw new InvalidOperationException($"The engine refused {header.Call}: {header.Code}.");
        return _answer.Frame[AnswerHeader.Bytes..].ToArray();
    }

    private static T Read<T>(ReadOnlyMemory<byte> payload, Wire.Reader<T> read) =>
        Wire.TryRead(payload, read, out T message) ? message : throw new InvalidOperationException($"The answer is no {typeof(T).Name}.");

    private static void Nonce(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(1);
        writer.Write(new byte[32]);
    }

    private sealed class SecurityModule : ISecurityModule
    {
        public UnsignedSecurityModule Answers { get; } = new(TimeProvider.System);

        public byte[] Exchange(byte[] request) => Answers.Answer(request);
    }
}
