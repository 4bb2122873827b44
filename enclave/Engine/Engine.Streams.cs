using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Framing;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.Tokens;
using MessagePack;

namespace E3.Relay.Enclave.Engine;

/// <content>Files, in as many frames as they need. A stream belongs to its session, and ends with the first thing that goes wrong.</content>
public sealed partial class Engine
{
    private ErrorCode AnswerStartStream(CallerSession session, ReadOnlyMemory<byte> payload, FrameBuffer answer)
    {
        if (!Wire.TryRead(payload, StartStream.Read, out StartStream start))
            return ErrorCode.MessageMalformed;
        ErrorCode code = Judge(session.Grant!, start.Group, out _);
        if (code != ErrorCode.None)
            return code;
        if (!session.HasRoomFor(start.Stream))
            return ErrorCode.LimitExceeded;
        bool opens = start.Group.Operation == TransformOperation.Decrypt;
        if (opens && !FileToken.HasHeader(start.Header.Span))
            return ErrorCode.TokenMalformed;
        ReadOnlySpan<byte> tokenHeader = opens ? FileToken.TokenHeaderOf(start.Header.Span) : default;
        if ((opens ? _keys?.Find(DataKey.IdOf(new TokenHeader(tokenHeader).KeyId)) : _keys?.Current(start.Group.App, KeyPurpose.Random)) is not { } key)
            return opens ? ErrorCode.KeyNotLoaded : ErrorCode.AppUnknown;
        if (opens && (key.App != start.Group.App || key.Purpose != KeyPurpose.Random || new TokenHeader(tokenHeader).Flags != Flags))
            return Rejected(session);
        var context = new AssociatedData(start.Group);
        Span<byte> header = stackalloc byte[FileToken.HeaderBytes];
        start.Header.Span.CopyTo(header);
        if (!opens)
        {
            FileToken.WriteHeader(header, Flags, key.KeyId.Span, context.RoleId);
            _nsm.Fill(header[^FileToken.RandomBytes..]);
        }

        session.Streams.Add(start.Stream, new TokenStream(key, context, start.Group.Operation, header, _monotonic));
        header[..(opens ? 0 : header.Length)].CopyTo(AnswerBytes(answer, opens ? 0 : header.Length));
        return ErrorCode.None;
    }

    private ErrorCode AnswerContinueStream(CallerSession session, ReadOnlyMemory<byte> payload, FrameBuffer answer)
    {
        if (!Wire.TryRead(payload, ContinueStream.Read, out ContinueStream part))
            return ErrorCode.MessageMalformed;
        if (!session.Streams.Remove(part.Stream, out TokenStream? stream))
            return ErrorCode.StreamUnknown;
        ErrorCode code = part.Step == StreamStep.Drop ? ErrorCode.None : Run(stream, part.Data.FirstSpan, part.Step == StreamStep.Last, answer);
        if (code == ErrorCode.None && part.Step == StreamStep.More)
        {
            session.Streams.Add(part.Stream, stream);
            return code;
        }

        stream.Dispose();
        _statistics.Count(stream.Operation, code == ErrorCode.None ? 1 : 0, code == ErrorCode.None ? 0 : 1);
        return code == ErrorCode.TokenRejected ? Rejected(session) : code;
    }

    // A file to be opened that is cut short is a token that does not open; the wrong number of bytes to be sealed is the caller's own mistake.
    private static ErrorCode Run(TokenStream stream, ReadOnlySpan<byte> data, bool last, FrameBuffer answer)
    {
        if (stream.IsOutdated)
            return ErrorCode.KeyNotLoaded;
        if (!stream.Takes(data.Length, last))
            return last && stream.Operation == TransformOperation.Decrypt ? ErrorCode.TokenRejected : ErrorCode.ValueInvalid;
        return stream.Run(data, last, AnswerBytes(answer, stream.OutputLength(data.Length)));
    }

    private ErrorCode Rejected(CallerSession session) => _meter.Failed(session.Grant!) ? ErrorCode.TokenRejected : ErrorCode.LimitExceeded;

    // Answers [bytes]; they are filled in where they lie.
    private static Span<byte> AnswerBytes(FrameBuffer answer, int length)
    {
        var writer = new MessagePackWriter(answer);
        writer.WriteArrayHeader(1);
        writer.WriteBinHeader(length);
        writer.GetSpan(length);
        writer.Advance(length);
        writer.Flush();
        return answer.Writable[^length..];
    }
}
