using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.Framing;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.State;
using MessagePack;

namespace E3.Relay.Enclave.Engine;

/// <content>Evidence, genesis, start-up and keys: everything that runs under the state lock.</content>
public sealed partial class Engine
{
    private ErrorCode AnswerAttestation(ReadOnlyMemory<byte> payload, FrameBuffer answer)
    {
        if (!Wire.TryRead(payload, ReadNonce, out ReadOnlyMemory<byte> nonce))
            return ErrorCode.MessageMalformed;
        if (MakeEvidence(nonce.Span) is not { } evidence)
            return ErrorCode.AttestationUnavailable;
        var writer = new MessagePackWriter(answer);
        evidence.Write(ref writer);
        writer.Flush();
        return ErrorCode.None;
    }

    private ErrorCode AnswerPublicKeys(CallerSession session, ReadOnlyMemory<byte> payload, FrameBuffer answer)
    {
        if (!Wire.TryRead(payload, ReadApp, out string app))
            return ErrorCode.MessageMalformed;
        if (session.Grant!.Kind == CallerKind.Application && !Grant.Names(session.Grant.Apps, app))
            return ErrorCode.AppNotGranted;
        List<KeyDescription> keys = _keys!.Describe(app);
        if (keys.Count == 0)
            return ErrorCode.AppUnknown;
        var writer = new MessagePackWriter(answer);
        KeyDescription.Write(ref writer, keys);
        writer.Flush();
        return ErrorCode.None;
    }

    private ErrorCode AnswerCreateRoot(ReadOnlyMemory<byte> payload, FrameBuffer answer)
    {
        if (!Wire.TryRead(payload, ReadNonce, out ReadOnlyMemory<byte> nonce))
            return ErrorCode.MessageMalformed;
        using SecretKey root = RootKey.Create(_configuration.FleetId, _configuration.KmsPublicKey, _nsm, out byte[] wrapped, out byte[] commitment);
        return WriteCreatedRoot(nonce, wrapped, commitment, answer);
    }

    private ErrorCode WriteCreatedRoot(ReadOnlyMemory<byte> nonce, byte[] wrapped, byte[] commitment, FrameBuffer answer)
    {
        if (MakeEvidence(nonce.Span, commitment) is not { } evidence)
            return ErrorCode.AttestationUnavailable;
        var writer = new MessagePackWriter(answer);
        new CreatedRoot(wrapped, commitment, evidence).Write(ref writer);
        writer.Flush();
        return ErrorCode.None;
    }

    private ErrorCode AnswerUnsealRoot(ReadOnlyMemory<byte> payload)
    {
        if (!Wire.TryRead(payload, UnsealRoot.Read, out UnsealRoot request))
            return ErrorCode.MessageMalformed;
        if (!IsSigned(request.Genesis, DocumentKind.Genesis, out ReadOnlyMemory<byte> body)
            || !Genesis.TryRead(body, out Genesis genesis)
            || !genesis.FleetId.Span.SequenceEqual(_configuration.FleetId))
            return ErrorCode.GenesisUntrusted;

        // One attempt, one code, whatever was wrong: the blob is not authenticated. Even what is not foreseen here ends in failure.
        _phase = EnginePhase.Failed;
        SecretKey? key = _recipient.OpenOnce(request.CiphertextForRecipient.Span);
        if (key is null || !Genesis.Commit(_configuration.FleetId, key.Span).AsSpan().SequenceEqual(genesis.RootCommitment.Span))
        {
            key?.Dispose();
            return Fail(ErrorCode.RootRejected);
        }

        _rootCommitment = genesis.RootCommitment;
        _keys = new KeyRing(new RootKey(key), _nsm);
        _phase = EnginePhase.Unsealed;
        return ErrorCode.None;
    }

    private ErrorCode AnswerLoadState(ReadOnlyMemory<byte> payload)
    {
        if (!Wire.TryRead(payload, Entries.Read, out ReadOnlyMemory<byte>[] entries))
            return ErrorCode.MessageMalformed;
        ErrorCode code = _keys!.Load(entries);

        // Unlike at start-up a bad entry is only refused when it comes later: the keys that serve go on serving.
        if (_phase == EnginePhase.Ready)
            return code;
        if (code != ErrorCode.None)
            return Fail(code);
        _phase = EnginePhase.Loaded;
        return ErrorCode.None;
    }

    private ErrorCode AnswerSetReady(ReadOnlyMemory<byte> payload)
    {
        if (!Wire.TryRead(payload, Checksum.Read, out Checksum checksum))
            return ErrorCode.MessageMalformed;
        if (checksum.Length != _keys!.ChainLength || !checksum.Head.Span.SequenceEqual(_keys.ChainHead.Span))
            return Fail(ErrorCode.ChecksumMismatch);
        _keys.Activate(checksum.Length);
        _phase = EnginePhase.Ready;
        return ErrorCode.None;
    }

    private ErrorCode AnswerCreateKey(ReadOnlyMemory<byte> payload, bool rotate, FrameBuffer answer)
    {
        if (!Wire.TryRead(payload, KeyRequest.Read, out KeyRequest[] requests))
            return ErrorCode.MessageMalformed;
        ErrorCode code = _keys!.Create(requests, rotate, out byte[][] entries);
        return code == ErrorCode.None ? WriteEntries(entries, answer) : code;
    }

    private ErrorCode AnswerRetireKey(ReadOnlyMemory<byte> payload, FrameBuffer answer)
    {
        if (!Wire.TryRead(payload, ReadKeyIds, out ulong[] keyIds))
            return ErrorCode.MessageMalformed;
        ErrorCode code = _keys!.Retire(keyIds, out byte[][] entries);
        return code == ErrorCode.None ? WriteEntries(entries, answer) : code;
    }

    private ErrorCode AnswerSetPolicy(ReadOnlyMemory<byte> payload, FrameBuffer answer)
    {
        if (!Wire.TryRead(payload, ReadDocument, out ReadOnlyMemory<byte> document))
            return ErrorCode.MessageMalformed;
        return IsSigned(document, DocumentKind.Policy, out ReadOnlyMemory<byte> body)
            && Policy.TryRead(body, out Policy policy)
            && policy.FleetId.Span.SequenceEqual(_configuration.FleetId)
            && policy.Serial > (_keys!.Policy?.Serial ?? 0)
            ? WriteEntries([_keys.SealPolicy(document)], answer)
            : ErrorCode.OrderUntrusted;
    }

    private ErrorCode AnswerRewrapState(ReadOnlyMemory<byte> payload, FrameBuffer answer)
    {
        if (!Wire.TryRead(payload, ReadOrder, out (ReadOnlyMemory<byte> Nonce, ReadOnlyMemory<byte> Document) request))
            return ErrorCode.MessageMalformed;
        if (!IsSigned(request.Document, DocumentKind.RewrapOrder, out ReadOnlyMemory<byte> body)
            || !RewrapOrder.TryRead(body, out RewrapOrder order)
            || !order.FleetId.Span.SequenceEqual(_configuration.FleetId)
            || !order.RootCommitment.Span.SequenceEqual(_rootCommitment.Span))
            return ErrorCode.OrderUntrusted;
        SecretKey next;
        byte[] wrapped, commitment;
        try
        {
            next = RootKey.Create(_configuration.FleetId, order.KmsPublicKey.Span, _nsm, out wrapped, out commitment);
        }
        catch (CryptographicException)
        {
            // The administrators signed for something that is no KMS key.
            return ErrorCode.OrderUntrusted;
        }

        ErrorCode code = WriteCreatedRoot(request.Nonce, wrapped, commitment, answer);
        if (code == ErrorCode.None)
            _keys!.StartRewrap(next);
        else
            next.Dispose();
        return code;
    }

    private ErrorCode AnswerGetRewrapped(ReadOnlyMemory<byte> payload, FrameBuffer answer)
    {
        if (!Wire.TryRead(payload, ReadPosition, out ulong from))
            return ErrorCode.MessageMalformed;
        return _keys!.Rewrap(from, ProtocolLimits.EntriesMax) is { } entries ? WriteEntries(entries, answer) : ErrorCode.PhaseInvalid;
    }

    private ErrorCode AnswerActivateKey(ReadOnlyMemory<byte> payload) =>
        Wire.TryRead(payload, ReadPosition, out ulong length) ? _keys!.Activate(length) : ErrorCode.MessageMalformed;

    private static ErrorCode WriteEntries(byte[][] entries, FrameBuffer answer)
    {
        var writer = new MessagePackWriter(answer);
        Entries.Write(ref writer, Array.ConvertAll(entries, static entry => (ReadOnlyMemory<byte>)entry));
        writer.Flush();
        return ErrorCode.None;
    }

    // The body is copied: what is read from it outlives the frame.
    private bool IsSigned(ReadOnlyMemory<byte> bytes, DocumentKind kind, out ReadOnlyMemory<byte> body)
    {
        body = default;
        if (!SignedDocument.TryRead(bytes, out SignedDocument document) || !document.IsSignedBy(kind, _configuration.Administrators, _configuration.Threshold))
            return false;
        body = document.Body.ToArray();
        return true;
    }

    private ErrorCode Fail(ErrorCode code)
    {
        _phase = EnginePhase.Failed;
        KeyRing? keys = _keys;
        _keys = null;
        keys?.Dispose();
        return code;
    }

    private static ReadOnlyMemory<byte> ReadNonce(ref MessagePackReader reader)
    {
        Wire.ReadArray(ref reader, 1);
        return Wire.ReadExactly(ref reader, Hello.NonceBytes);
    }

    private static string ReadApp(ref MessagePackReader reader)
    {
        Wire.ReadArray(ref reader, 1);
        return Wire.ReadName(ref reader);
    }

    private static ulong[] ReadKeyIds(ref MessagePackReader reader)
    {
        var keyIds = new ulong[Wire.ReadArrayUpTo(ref reader, ProtocolLimits.EntriesMax)];
        for (int i = 0; i < keyIds.Length; i++)
            keyIds[i] = DataKey.IdOf(Wire.ReadExactly(ref reader, SealedEntry.KeyIdBytes).Span);
        return keyIds;
    }

    private static ReadOnlyMemory<byte> ReadDocument(ref MessagePackReader reader)
    {
        Wire.ReadArray(ref reader, 1);
        return Wire.ReadBytes(ref reader, SealedEntry.AttachmentBytesMax);
    }

    private static (ReadOnlyMemory<byte> Nonce, ReadOnlyMemory<byte> Document) ReadOrder(ref MessagePackReader reader)
    {
        Wire.ReadArray(ref reader, 2);
        return (Wire.ReadExactly(ref reader, Hello.NonceBytes), Wire.ReadBytes(ref reader, ProtocolLimits.DocumentBytesMax));
    }

    private static ulong ReadPosition(ref MessagePackReader reader)
    {
        Wire.ReadArray(ref reader, 1);
        return reader.ReadUInt64();
    }
}
