using System.Buffers;
using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Text;
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
            sealer = new TokenSealer(_nsm, _configuration.Simulated ? TokenHeader.TestFlag : (byte)0);
        try
        {
            return Transform(session.Grant!, sealer, payload, answer);
        }
        catch (Exception e) when (e is MessagePackSerializationException or EndOfStreamException or OverflowException)
        {
            return ErrorCode.MessageMalformed;
        }
        catch (IOException)
        {
            return ErrorCode.AttestationUnavailable;
        }
        finally
        {
            _idleSealers.Add(sealer);
        }
    }

    private ErrorCode Transform(Grant grant, TokenSealer sealer, ReadOnlyMemory<byte> payload, FrameBuffer answer)
    {
        var reader = new MessagePackReader(payload);
        var writer = new MessagePackWriter(answer);
        int groups = Wire.ReadArrayUpTo(ref reader, ProtocolLimits.GroupsMax);
        long fieldsLeft = Math.Min(grant.FieldsMax, ProtocolLimits.FieldsMax);
        writer.WriteArrayHeader(groups);
        for (int i = 0; i < groups; i++)
        {
            TransformGroup group = TransformGroup.ReadHeader(ref reader, out int items);
            fieldsLeft -= items;
            if (fieldsLeft < 0)
                return ErrorCode.LimitExceeded;
            writer.WriteArrayHeader(items);
            ErrorCode refusal = Judge(grant, group);
            var context = new AssociatedData(group);
            for (int j = 0; j < items; j++)
            {
                var type = (DataType)reader.ReadByte();
                ReadOnlySpan<byte> value = Wire.ReadBytes(ref reader, ProtocolLimits.FieldBytesMax).Span;
                ErrorCode code = refusal != ErrorCode.None ? refusal
                    : value.Length > grant.FieldBytesMax ? ErrorCode.LimitExceeded
                    : TransformItem(grant, sealer, group, context, type, value, ref writer);
                if (code != ErrorCode.None)
                    WriteResult(ref writer, code, default, []);
            }
        }

        writer.Flush();
        return reader.End ? ErrorCode.None : ErrorCode.MessageMalformed;
    }

    private static ErrorCode Judge(Grant grant, TransformGroup group)
    {
        GrantedOperation? granted = null;
        for (int i = 0; i < grant.Operations.Count && granted is null; i++)
            granted = grant.Operations[i].Operation == group.Operation ? grant.Operations[i] : null;
        if (granted is null)
            return ErrorCode.OperationNotGranted;
        if (!Grant.Names(grant.Apps, group.App))
            return ErrorCode.AppNotGranted;
        if (!Grant.Names(grant.Roles, group.Role))
            return ErrorCode.RoleNotGranted;
        return group.MaskFirst > granted.Value.FirstMax || group.MaskLast > granted.Value.LastMax ? ErrorCode.MaskTooWide : ErrorCode.None;
    }

    private ErrorCode TransformItem(
        Grant grant, TokenSealer sealer, TransformGroup group, AssociatedData context, DataType type, ReadOnlySpan<byte> value, ref MessagePackWriter writer) => group.Operation switch
        {
            TransformOperation.Encrypt => Encrypt(sealer, group, context, type, value, ref writer),
            TransformOperation.Decrypt or TransformOperation.Verify => Open(grant, sealer, group, context, value, ref writer),
            TransformOperation.Mask => value.StartsWith(TokenGrammar.Prefix)
                ? Open(grant, sealer, group, context, value, ref writer)
                : Mask(group, type, value, ref writer),
            _ => ErrorCode.OperationNotGranted,
        };

    private ErrorCode Encrypt(TokenSealer sealer, TransformGroup group, AssociatedData context, DataType type, ReadOnlySpan<byte> value, ref MessagePackWriter writer)
    {
        if (!Values.IsValid(type, value))
            return ErrorCode.ValueInvalid;
        if (_keys?.Current(group.App, KeyPurpose.Random) is not { } key)
            return ErrorCode.AppUnknown;
        ReadOnlySpan<byte> token = sealer.Seal(key, context, type, value);
        int characters = TokenGrammar.Characters((int)new TokenHeader(token).PaddedLength);
        WriteResultHeader(ref writer, ErrorCode.None, DataType.String, characters);
        Span<byte> text = writer.GetSpan(characters);
        TokenGrammar.Prefix.CopyTo(text);
        Base64Url.EncodeToUtf8(token, text[TokenGrammar.Prefix.Length..], out _, out _);
        writer.Advance(characters);
        return ErrorCode.None;
    }

    private ErrorCode Open(Grant grant, TokenSealer sealer, TransformGroup group, AssociatedData context, ReadOnlySpan<byte> value, ref MessagePackWriter writer)
    {
        Span<byte> scratch = sealer.Scratch(value.Length);
        if (!TokenGrammar.TryDecode(value, scratch, out int length))
            return ErrorCode.TokenMalformed;
        if (!_meter.MayFail(grant))
            return ErrorCode.LimitExceeded;
        Span<byte> token = scratch[..length];
        if (_keys?.Find(DataKey.IdOf(new TokenHeader(token).KeyId)) is not { } key)
            return ErrorCode.KeyNotLoaded;

        // A key of another app is no oracle for that app's tokens: the answer is the one that every bad token gets.
        if (key.App != group.App || key.Purpose != KeyPurpose.Random || !sealer.TryOpen(key, context, token, out DataType type, out Span<byte> opened))
        {
            _meter.Failed(grant);
            return ErrorCode.TokenRejected;
        }

        if (group.Operation == TransformOperation.Decrypt)
            WriteResult(ref writer, ErrorCode.None, type, opened);
        else if (group.Operation == TransformOperation.Verify)
            WriteResult(ref writer, ErrorCode.None, type, []);
        else
            Mask(group, type, opened, ref writer);
        sealer.ClearScratch(value.Length);
        return ErrorCode.None;
    }

    private static ErrorCode Mask(TransformGroup group, DataType type, ReadOnlySpan<byte> value, ref MessagePackWriter writer)
    {
        if (!Values.IsValid(type, value) || type is DataType.Null or DataType.Object or DataType.Array or DataType.Bytes || !Rune.TryCreate(group.MaskWith, out Rune with))
            return ErrorCode.ValueInvalid;
        var masked = new ArrayBufferWriter<byte>(checked(value.Length + 1));
        Values.Mask(value, group.MaskFirst, group.MaskLast, with, masked);
        WriteResult(ref writer, ErrorCode.None, DataType.String, masked.WrittenSpan);
        masked.Clear();
        return ErrorCode.None;
    }

    private static void WriteResult(ref MessagePackWriter writer, ErrorCode code, DataType type, ReadOnlySpan<byte> value)
    {
        WriteResultHeader(ref writer, code, type, value.Length);
        writer.WriteRaw(value);
    }

    private static void WriteResultHeader(ref MessagePackWriter writer, ErrorCode code, DataType type, int valueBytes)
    {
        writer.WriteArrayHeader(3);
        writer.Write((ushort)code);
        writer.Write((byte)type);
        writer.WriteBinHeader(valueBytes);
    }
}
