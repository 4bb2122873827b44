using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using E3.Relay.Benchmarks.Engine;
using E3.Relay.Benchmarks.Running;
using E3.Relay.Enclave.Engine;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Framing;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.Tokens;
using MessagePack;

namespace E3.Relay.Benchmarks.Bodies;

/// <summary>One file through an engine in this process, in frames that were made ahead.</summary>
internal sealed class FileEngine : IDisposable
{
    private const uint Stream = 1;
    private const int FrameBytes = 7 * FileToken.SegmentBytes;
    private readonly ReadyEngine _engine = new();
    private readonly FrameBuffer _answer = new();
    private readonly byte[] _startSealing = Start(TransformOperation.Encrypt, default);
    private readonly byte[] _startOpening;
    private readonly byte[][] _sealing;
    private readonly byte[][] _opening;

    public FileEngine(byte[] file)
    {
        _sealing = Parts(file, FrameBytes);
        Check(AnswerStartStream(_engine.Engine, _engine.Session, _startSealing, Restarted()));
        var token = new ArrayBufferWriter<byte>();
        token.Write(Data());
        foreach (byte[] part in _sealing)
        {
            Check(AnswerContinueStream(_engine.Engine, _engine.Session, part, Restarted()));
            token.Write(Data());
        }

        _startOpening = Start(TransformOperation.Decrypt, token.WrittenMemory[..FileToken.HeaderBytes]);
        _opening = Parts(token.WrittenMemory[FileToken.HeaderBytes..], FrameBytes + (7 * TokenGrammar.TagBytes));
    }

    public void Seal() => Run(_startSealing, _sealing);

    public void Open() => Run(_startOpening, _opening);

    /// <summary>The frames are signed ahead, because signing is the caller's work, and only their answering counts.</summary>
    public Sample SealSigned(TimeSpan round)
    {
        var timings = new Timings();
        long ticks = 0;
        while (ticks < round.TotalSeconds * Stopwatch.Frequency)
        {
            byte[][] frames = [_engine.Caller.Frame(CallType.StartStream, _startSealing), .. _sealing.Select(part => _engine.Caller.Frame(CallType.ContinueStream, part))];
            long start = Stopwatch.GetTimestamp();
            foreach (byte[] frame in frames)
            {
                if (!_engine.Engine.Answer(_engine.Session, frame, _answer))
                    throw new InvalidOperationException("The engine ended the session.");
            }

            timings.Add(Stopwatch.GetTimestamp() - start);
            ticks += Stopwatch.GetTimestamp() - start;
        }

        return new(timings.Count * (double)Stopwatch.Frequency / ticks, timings.Percentile(0.5), timings.Percentile(0.99));
    }

    public void Dispose()
    {
        _answer.Dispose();
        _engine.Dispose();
    }

    private void Run(byte[] start, byte[][] parts)
    {
        Check(AnswerStartStream(_engine.Engine, _engine.Session, start, Restarted()));
        foreach (byte[] part in parts)
            Check(AnswerContinueStream(_engine.Engine, _engine.Session, part, Restarted()));
    }

    private FrameBuffer Restarted()
    {
        _answer.Start(AnswerHeader.Bytes);
        return _answer;
    }

    private ReadOnlySpan<byte> Data()
    {
        var reader = new MessagePackReader(_answer.Frame[AnswerHeader.Bytes..]);
        Wire.ReadArray(ref reader, 1);
        return Wire.ReadBytes(ref reader, ProtocolLimits.FrameBytesMax).Span;
    }

    private static byte[] Start(TransformOperation operation, ReadOnlyMemory<byte> header) =>
        Wire.Write(new StartStream(Stream, new TransformGroup { Operation = operation, App = "shop", Role = "card" }, header).Write);

    private static byte[][] Parts(ReadOnlyMemory<byte> data, int bytes) => [.. Enumerable.Range(0, (data.Length + bytes - 1) / bytes).Select(part =>
    {
        int from = part * bytes, length = Math.Min(bytes, data.Length - from);
        return Wire.Write(new ContinueStream(Stream, from + length == data.Length ? StreamStep.Last : StreamStep.More, new(data.Slice(from, length))).Write);
    })];

    private static void Check(ErrorCode code)
    {
        if (code != ErrorCode.None)
            throw new InvalidOperationException($"The engine refused: {code}.");
    }

    // What lies between a frame's signature and its answer is not public, and is called here alone.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "AnswerStartStream")]
    private static extern ErrorCode AnswerStartStream(Enclave.Engine.Engine engine, CallerSession session, ReadOnlyMemory<byte> payload, FrameBuffer answer);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "AnswerContinueStream")]
    private static extern ErrorCode AnswerContinueStream(Enclave.Engine.Engine engine, CallerSession session, ReadOnlyMemory<byte> payload, FrameBuffer answer);
}
