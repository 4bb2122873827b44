using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.Framing;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.Tokens;
using MessagePack;

namespace E3.Relay.Enclave.Engine;

/// <summary>
/// The trusted core: takes frames, gives answers, and keeps the keys between. It does no input or output of its own; the host program moves the bytes.
/// </summary>
public sealed partial class Engine : IDisposable
{
    private const byte GrantSignatures = 1;

    private readonly MeasuredConfiguration _configuration;
    private readonly byte[] _tlsKey;
    private readonly byte[] _channel;
    private readonly EngineClock _clock;
    private readonly TimeProvider _monotonic;
    private readonly NsmClient _nsm;
    private readonly RecipientKey _recipient = new();
    private readonly Lock _stateLock = new();
    private volatile EnginePhase _phase = EnginePhase.Booting;
    private readonly EngineStatistics _statistics;
    private readonly SessionRegister _sessions = new();
    private volatile KeyRing? _keys;
    private ReadOnlyMemory<byte> _rootCommitment = new byte[Genesis.CommitmentBytes];

    /// <summary>Makes an engine that has no keys yet.</summary>
    /// <param name="configuration">The measured configuration.</param>
    /// <param name="module">The security module.</param>
    /// <param name="tlsSubjectPublicKeyInfo">The key of the TLS certificate that callers will be shown.</param>
    /// <param name="monotonic">Source of elapsed time only.</param>
    public Engine(MeasuredConfiguration configuration, ISecurityModule module, byte[] tlsSubjectPublicKeyInfo, TimeProvider monotonic)
    {
        _configuration = configuration;
        _tlsKey = tlsSubjectPublicKeyInfo;
        _channel = SHA256.HashData(tlsSubjectPublicKeyInfo);
        _clock = new EngineClock(monotonic);
        _monotonic = monotonic;
        _nsm = new NsmClient(module, _clock);
        _meter = new FailureMeter(_clock);
        _statistics = new EngineStatistics(monotonic);
    }

    /// <summary>How far the engine has come.</summary>
    public EnginePhase Phase => _phase;

    // Of the tokens that are made and opened here.
    private byte Flags => _configuration.Simulated ? TokenHeader.TestFlag : (byte)0;

    /// <summary>Waits for what is made in the background at boot, so that the first Hello does not.</summary>
    public Task PrepareAsync() => _recipient.PrepareAsync();

    /// <summary>Starts a session for a new connection.</summary>
    public CallerSession StartSession() => new(_channel, _sessions);

    /// <summary>How long the session may go on.</summary>
    public TimeSpan RemainingOf(CallerSession session) => TimeSpan.FromMilliseconds(Math.Max(0, session.EndsAtMs - _clock.NowMs));

    /// <summary>
    /// Answers one frame (without its length prefix) into <paramref name="answer"/>. Returns false when the session must end after the answer was sent.
    /// </summary>
    public bool Answer(CallerSession session, ReadOnlyMemory<byte> frame, FrameBuffer answer)
    {
        answer.Start(AnswerHeader.Bytes);
        var header = new RequestHeader(frame.Span);
        (CallType call, ulong sequence) = (header.Call, header.Sequence);
        ErrorCode code = Admit(session, frame);
        bool keep = code == ErrorCode.None;
        try
        {
            if (keep)
                code = Dispatch(session, call, frame[RequestHeader.Bytes..], answer);
        }
        catch (IOException)
        {
            code = ErrorCode.AttestationUnavailable;
        }

        if (code != ErrorCode.None)
            answer.Truncate(AnswerHeader.Bytes);
        new AnswerHeader(call, sequence, code).Write(answer.Writable);
        return keep && session.IsOpen && code != ErrorCode.MessageMalformed;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _phase = EnginePhase.Failed;
        KeyRing? keys = _keys;
        _keys = null;
        keys?.Dispose();
        _recipient.Dispose();
        foreach (TokenSealer sealer in _idleSealers)
            sealer.Dispose();
    }

    // Everything about a frame that can be judged before its payload is decoded.
    private ErrorCode Admit(CallerSession session, ReadOnlyMemory<byte> frame)
    {
        bool hello = new RequestHeader(frame.Span).Call == CallType.Hello;
        if (hello == session.IsOpen)
            return ErrorCode.HelloOutOfPlace;
        ReadOnlySpan<byte> payload = frame.Span[RequestHeader.Bytes..];
        if (hello && (payload.Length < Hello.CallerKeyBytes || !session.TryTakeKey(payload[..Hello.CallerKeyBytes])))
            return ErrorCode.CallerUnknown;
        ErrorCode code = session.Verify(frame.Span);
        if (code != ErrorCode.None || hello)
            return code;
        return _clock.NowMs >= session.EndsAtMs ? ErrorCode.GrantExpired : IsRevoked(session.Grant!) ? ErrorCode.GrantRevoked : ErrorCode.None;
    }

    private ErrorCode Dispatch(CallerSession session, CallType call, ReadOnlyMemory<byte> payload, FrameBuffer answer)
    {
        if (call == CallType.Hello)
            return AnswerHello(session, payload, answer);
        if (!Enum.IsDefined(call))
            return ErrorCode.CallUnknown;
        if (!IsGranted(session.Grant!.Kind, call))
            return ErrorCode.CallNotGranted;
        if (!IsLegal(call, _phase))
            return _phase == EnginePhase.Failed ? ErrorCode.EngineFailed : ErrorCode.PhaseInvalid;
        if (call == CallType.Transform)
            return AnswerTransform(session, payload, answer);
        if (call == CallType.StartStream)
            return AnswerStartStream(session, payload, answer);
        if (call == CallType.ContinueStream)
            return AnswerContinueStream(session, payload, answer);
        if (call == CallType.GetStatistics)
            return AnswerStatistics(payload, answer);
        if (call == CallType.GetAttestationDocument)
            return AnswerAttestation(payload, answer);
        lock (_stateLock)
        {
            // The phase may have moved on while another caller held the lock; and no entries are made while the state moves to another root.
            if (!IsLegal(call, _phase) || (_keys is { IsRewrapping: true } && call is CallType.CreateKey or CallType.RotateKey or CallType.RetireKey or CallType.SetPolicy))
                return ErrorCode.PhaseInvalid;
            return call switch
            {
                CallType.GetPublicKeys => AnswerPublicKeys(session, payload, answer),
                CallType.CreateRoot => AnswerCreateRoot(payload, answer),
                CallType.UnsealRoot => AnswerUnsealRoot(payload),
                CallType.LoadState => AnswerLoadState(payload),
                CallType.SetReady => AnswerSetReady(payload),
                CallType.CreateKey => AnswerCreateKey(payload, rotate: false, answer),
                CallType.RotateKey => AnswerCreateKey(payload, rotate: true, answer),
                CallType.RetireKey => AnswerRetireKey(payload, answer),
                CallType.SetPolicy => AnswerSetPolicy(payload, answer),
                CallType.RewrapState => AnswerRewrapState(payload, answer),
                CallType.GetRewrapped => AnswerGetRewrapped(payload, answer),
                CallType.ActivateKey => AnswerActivateKey(payload),
                _ => ErrorCode.CallUnknown,
            };
        }
    }

    // Before the state is loaded there is no policy, and no caller but the helper has anything to do.
    private bool IsRevoked(Grant grant) => _keys?.Policy is { } policy && policy.Revokes(grant);

    private static bool IsGranted(CallerKind kind, CallType call) => call switch
    {
        CallType.GetAttestationDocument or CallType.GetPublicKeys => true,
        CallType.Transform or CallType.StartStream or CallType.ContinueStream => kind == CallerKind.Application,
        _ => kind == CallerKind.Helper,
    };

    private static bool IsLegal(CallType call, EnginePhase phase) => call switch
    {
        CallType.GetAttestationDocument or CallType.GetStatistics => phase != EnginePhase.Failed,
        CallType.CreateRoot or CallType.UnsealRoot => phase == EnginePhase.Booting,
        CallType.LoadState => phase is EnginePhase.Unsealed or EnginePhase.Loaded or EnginePhase.Ready,
        CallType.SetReady => phase is EnginePhase.Unsealed or EnginePhase.Loaded,
        _ => phase == EnginePhase.Ready,
    };

    private ErrorCode AnswerHello(CallerSession session, ReadOnlyMemory<byte> payload, FrameBuffer answer)
    {
        ReadOnlyMemory<byte> callerKey = payload[..Hello.CallerKeyBytes];
        if (!Wire.TryRead(payload[Hello.CallerKeyBytes..], Hello.Read, out Hello hello))
            return ErrorCode.MessageMalformed;
        if (ProtocolLimits.Version < hello.VersionMin || ProtocolLimits.Version > hello.VersionMax)
            return ErrorCode.VersionUnsupported;
        if (!SignedDocument.TryRead(hello.Grant, out SignedDocument document)
            || !document.IsSignedBy(DocumentKind.Grant, _configuration.Administrators, GrantSignatures)
            || !Grant.TryRead(document.Body.ToArray(), out Grant grant)
            || !grant.CallerKey.Span.SequenceEqual(callerKey.Span))
            return ErrorCode.GrantUntrusted;
        if (!grant.FleetId.Span.SequenceEqual(_configuration.FleetId))
            return ErrorCode.GrantOtherFleet;
        if (IsRevoked(grant))
            return ErrorCode.GrantRevoked;

        // The document tells the time, so the grant is judged after it was made.
        if (MakeEvidence(hello.Nonce.Span) is not { } evidence)
            return ErrorCode.AttestationUnavailable;
        long now = _clock.NowMs / 1000;
        if (now < grant.NotBefore)
            return ErrorCode.GrantNotYetValid;
        if (now >= grant.NotAfter)
            return ErrorCode.GrantExpired;
        if (!_sessions.TryEnter(grant))
            return ErrorCode.Busy;
        long endsAt = Math.Min(grant.NotAfter, checked(now + ProtocolLimits.SessionSecondsMax));
        ReadOnlyMemory<byte> sessionNonce = session.Open(grant, checked(endsAt * 1000));
        var writer = new MessagePackWriter(answer);
        new HelloAnswer(ProtocolLimits.Version, sessionNonce, _phase, _configuration.Simulated, evidence).Write(ref writer);
        writer.Flush();
        return ErrorCode.None;
    }

    // The state is looked at under the lock, all of it at once; the module is asked outside, for it may be slow.
    private Evidence? MakeEvidence(ReadOnlySpan<byte> nonce, byte[]? proposedRoot = null)
    {
        AttestationStatement statement;
        byte[] recipient;
        lock (_stateLock)
        {
            ReadOnlyMemory<byte> rootCommitment = proposedRoot ?? _rootCommitment;
            statement = _keys is { } keys
                ? new(_configuration.FleetId, rootCommitment, keys.ChainLength, keys.ChainHead, keys.PublicKeysDigest)
                : new(_configuration.FleetId, rootCommitment, 0, new byte[SHA256.HashSizeInBytes], new byte[SHA256.HashSizeInBytes]);
            recipient = _phase == EnginePhase.Booting ? _recipient.PublicKey : [];
        }

        byte[]? document = _nsm.Attest(statement.UserData(_tlsKey), nonce, recipient);
        return document is null ? null : new(document, statement);
    }
}
