using System.Collections.Concurrent;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.Framing;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.Tokens;
using MessagePack;

namespace E3.Relay.Enclave.Engine;

/// <content>The hot path. A field that fails gets a code of its own and does not touch its neighbours.</content>
public sealed partial class Engine
{
    private readonly ConcurrentBag<TokenSealer> _idleSealers = [];
    private readonly FailureMeter _meter;

    private ErrorCode AnswerTransform(CallerSession session, ReadOnlyMemory<byte> payload, FrameBuffer answer)
    {
        if (!_idleSealers.TryTake(out TokenSealer? sealer))
            sealer = new TokenSealer(_nsm.Fill, Flags);
        long started = _statistics.TransformStarted();
        try
        {
            return Transform(session.Grant!, sealer, payload, answer);
        }
        catch (Exception e) when (e is MessagePackSerializationException or EndOfStreamException or OverflowException)
        {
            return ErrorCode.MessageMalformed;
        }
        finally
        {
            _statistics.TransformEnded(started);
            _idleSealers.Add(sealer);
        }
    }

    private ErrorCode Transform(Grant grant, TokenSealer sealer, ReadOnlyMemory<byte> payload, FrameBuffer answer)
    {
        if (_keys is not { } keys)
            return ErrorCode.EngineFailed;
        var reader = new MessagePackReader(payload);
        var writer = new MessagePackWriter(answer);
        int groups = Wire.ReadArrayUpTo(ref reader, ProtocolLimits.GroupsMax);
        long fieldsLeft = Math.Min(grant.FieldsMax, ProtocolLimits.FieldsMax);
        int failedOpens = 0;
        writer.WriteArrayHeader(groups);
        for (int i = 0; i < groups; i++)
        {
            TransformGroup group = TransformGroup.ReadHeader(ref reader, out int items);
            fieldsLeft -= items;
            if (fieldsLeft < 0)
                return ErrorCode.LimitExceeded;
            writer.WriteArrayHeader(items);
            ErrorCode refusal = Judge(grant, group, out GrantedOperation granted);
            var transform = new GroupTransform(keys, _meter, grant, granted, sealer, group);
            int failed = 0;
            for (int j = 0; j < items; j++)
            {
                var type = (DataType)reader.ReadByte();
                ReadOnlySpan<byte> value = Wire.ReadBytes(ref reader, TokenGrammar.CharactersMax).Span;
                ErrorCode code = refusal == ErrorCode.None ? transform.Run(type, value, ref writer) : refusal;
                if (code != ErrorCode.None)
                {
                    GroupTransform.WriteResult(ref writer, code, default, []);
                    failed++;
                }

                // A forged token costs several times a good one, and there may be 20,000 of them.
                failedOpens += code is ErrorCode.TokenRejected or ErrorCode.LimitExceeded ? 1 : 0;
                if (failedOpens > ProtocolLimits.FailedOpensPerFrameMax)
                    return ErrorCode.LimitExceeded;

                // A masked character may take more bytes than it hides, and a token more than its value.
                writer.Flush();
                if (answer.Frame.Length > ProtocolLimits.FrameBytesMax)
                    return ErrorCode.LimitExceeded;
            }

            _statistics.Count(group.Operation, items - failed, failed);
        }

        writer.Flush();
        return reader.End ? ErrorCode.None : ErrorCode.MessageMalformed;
    }

    private static ErrorCode Judge(Grant grant, TransformGroup group, out GrantedOperation granted)
    {
        granted = default;
        for (int i = 0; i < grant.Operations.Count; i++)
        {
            if (grant.Operations[i].Operation == group.Operation)
                granted = grant.Operations[i];
        }

        if (granted.Operation != group.Operation || granted.Operation == default)
            return ErrorCode.OperationNotGranted;
        if (!Grant.Names(grant.Apps, group.App))
            return ErrorCode.AppNotGranted;
        if (!Grant.Names(grant.Roles, group.Role))
            return ErrorCode.RoleNotGranted;
        bool tooWide = group.Operation == TransformOperation.Mask && (group.KeepFirst > granted.FirstMax || group.KeepLast > granted.LastMax);
        return tooWide ? ErrorCode.MaskTooWide : ErrorCode.None;
    }

    private ErrorCode AnswerStatistics(ReadOnlyMemory<byte> payload, FrameBuffer answer)
    {
        if (!payload.IsEmpty)
            return ErrorCode.MessageMalformed;
        var writer = new MessagePackWriter(answer);
        _statistics.Write(ref writer, _sessions.Count, _keys?.Count ?? 0);
        writer.Flush();
        return ErrorCode.None;
    }
}
