using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.Framing;
using E3.Relay.Enclave.Protocol.Messages;
using MessagePack;

namespace E3.Relay.Enclave.Engine;

/// <content>Evidence, genesis, start-up and keys: everything that runs under the state lock.</content>
public sealed partial class Engine
{
    private ErrorCode AnswerAttestation(ReadOnlyMemory<byte> payload, FrameBuffer answer)
    {
        if (!Wire.TryRead(payload, ReadNonce, out ReadOnlyMemory<byte> nonce))
            return ErrorCode.MessageMalformed;
        if (MakeEvidence(nonce.Span, _rootCommitment) is not { } evidence)
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
        if (_keys!.Describe(app) is not { } keys)
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
        try
        {
            (byte[] wrapped, byte[] commitment) = RootKey.Create(_configuration, _nsm);
            if (MakeEvidence(nonce.Span, commitment) is not { } evidence)
                return ErrorCode.AttestationUnavailable;
            var writer = new MessagePackWriter(answer);
            new CreatedRoot(wrapped, commitment, evidence).Write(ref writer);
            writer.Flush();
            return ErrorCode.None;
        }
        catch (IOException)
        {
            return ErrorCode.AttestationUnavailable;
        }
    }

    private ErrorCode AnswerUnsealRoot(ReadOnlyMemory<byte> payload)
    {
        if (!Wire.TryRead(payload, UnsealRoot.Read, out UnsealRoot request))
            return ErrorCode.MessageMalformed;
        if (!SignedDocument.TryRead(request.Genesis, out SignedDocument document)
            || !document.IsSignedBy(DocumentKind.Genesis, _configuration.Administrators, _configuration.Threshold)
            || !Genesis.TryRead(document.Body.ToArray(), out Genesis genesis)
            || !genesis.FleetId.Span.SequenceEqual(_configuration.FleetId))
            return ErrorCode.GenesisUntrusted;

        // One attempt, one code, whatever was wrong: the blob is not authenticated.
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
        _phase = EnginePhase.Ready;
        return ErrorCode.None;
    }

    private ErrorCode AnswerCreateKey(ReadOnlyMemory<byte> payload, FrameBuffer answer)
    {
        if (!Wire.TryRead(payload, KeyRequest.Read, out KeyRequest[] requests))
            return ErrorCode.MessageMalformed;
        try
        {
            ErrorCode code = _keys!.Create(requests, out byte[][] entries);
            if (code != ErrorCode.None)
                return code;
            var writer = new MessagePackWriter(answer);
            Entries.Write(ref writer, Array.ConvertAll(entries, static entry => (ReadOnlyMemory<byte>)entry));
            writer.Flush();
            return ErrorCode.None;
        }
        catch (IOException)
        {
            return ErrorCode.AttestationUnavailable;
        }
    }

    // Unlike at start-up a bad entry is only refused: the keys that serve go on serving.
    private ErrorCode AnswerActivateKey(ReadOnlyMemory<byte> payload) =>
        Wire.TryRead(payload, Entries.Read, out ReadOnlyMemory<byte>[] entries) ? _keys!.Load(entries) : ErrorCode.MessageMalformed;

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
}
