using System.Buffers;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.Tokens;
using MessagePack;

namespace E3.Relay.Enclave.Engine.Tests.Streams;

/// <summary>The calls of a stream, made by hand, and whole files in one go.</summary>
internal static class StreamCalls
{
    public const int Segment = FileToken.SegmentBytes;
    public const int SealedSegment = Segment + TokenGrammar.TagBytes;

    public static readonly GrantedOperation[] Granted = [new(TransformOperation.Encrypt), new(TransformOperation.Decrypt)];

    public static TransformGroup Group(TransformOperation operation, string app = "shop", string role = "card", byte[]? context = null) =>
        new() { Operation = operation, App = app, Role = role, Context = context };

    public static (ErrorCode Code, byte[] Header) Start(this HarnessSession session, uint stream, TransformGroup group, ReadOnlySpan<byte> header = default) =>
        Bytes(session.Send(session.Caller.Frame(CallType.StartStream, new StartStream(stream, group, header.ToArray()).Write)));

    public static (ErrorCode Code, byte[] Data) Continue(this HarnessSession session, uint stream, StreamStep step, ReadOnlyMemory<byte> data) =>
        Bytes(session.Send(session.Caller.Frame(CallType.ContinueStream, new ContinueStream(stream, step, new ReadOnlySequence<byte>(data)).Write)));

    /// <summary>Seals a file, so many segments in a frame.</summary>
    public static byte[] Seal(this HarnessSession session, byte[] file, int segmentsPerFrame = 2, byte[]? context = null, string role = "card")
    {
        (ErrorCode code, byte[] header) = session.Start(1, Group(TransformOperation.Encrypt, role: role, context: context));
        Assert.Equal(ErrorCode.None, code);
        (code, byte[] body) = session.Run(1, file, segmentsPerFrame * Segment);
        Assert.Equal(ErrorCode.None, code);
        return [.. header, .. body];
    }

    /// <summary>Opens a file; what came before a failure is there too.</summary>
    public static (ErrorCode Code, byte[] File) Open(this HarnessSession session, byte[] token, int segmentsPerFrame = 2, TransformGroup? group = null)
    {
        if (token.Length < FileToken.HeaderBytes)
            return (ErrorCode.TokenMalformed, []);
        (ErrorCode code, _) = session.Start(2, group ?? Group(TransformOperation.Decrypt), token.AsSpan(0, FileToken.HeaderBytes));
        return code == ErrorCode.None ? session.Run(2, token.AsMemory(FileToken.HeaderBytes), segmentsPerFrame * SealedSegment) : (code, []);
    }

    private static (ErrorCode Code, byte[] Data) Run(this HarnessSession session, uint stream, ReadOnlyMemory<byte> data, int frame)
    {
        var output = new List<byte>();
        while (true)
        {
            StreamStep step = data.Length > frame ? StreamStep.More : StreamStep.Last;
            (ErrorCode code, byte[] piece) = session.Continue(stream, step, data[..Math.Min(frame, data.Length)]);
            output.AddRange(piece);
            if (code != ErrorCode.None || step == StreamStep.Last)
                return (code, [.. output]);
            data = data[frame..];
        }
    }

    private static (ErrorCode Code, byte[] Data) Bytes((ErrorCode Code, ReadOnlyMemory<byte> Payload) answer)
    {
        if (answer.Payload.IsEmpty)
            return (answer.Code, []);
        Assert.True(Wire.TryRead(answer.Payload, Read, out byte[] data));
        return (answer.Code, data);
    }

    private static byte[] Read(ref MessagePackReader reader)
    {
        Wire.ReadArray(ref reader, 1);
        return Wire.ReadBytes(ref reader, int.MaxValue).ToArray();
    }
}
