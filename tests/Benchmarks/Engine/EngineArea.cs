using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using E3.Relay.Benchmarks.Channel;
using E3.Relay.Benchmarks.Running;
using E3.Relay.Enclave.Engine;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Framing;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Testing;
using MessagePack;

namespace E3.Relay.Benchmarks.Engine;

/// <summary>
/// The hot path inside the engine on one thread: batches of 100 fields of 64 bytes, decoded, transformed and encoded, against a reused <see cref="AesGcm"/> on the same bytes.
/// The frame's signature is left out of the first two comparisons, because one is shared by as many fields as wait; the third has it in. The last tells what a forged token costs beside a good one.
/// </summary>
internal sealed class EngineArea : IBenchmarkArea
{
    private const int Fields = 100;
    private const int FieldBytes = 64;
    private const int Rounds = 7;
    private const int SignedAhead = 100;
    private const double Goal = 0.6;

    public string Name => "engine";

    public async Task<IReadOnlyList<Comparison>> RunAsync(TimeSpan time)
    {
        using var engine = new ReadyEngine();
        using var answer = new FrameBuffer();
        byte[] values = RandomNumberGenerator.GetHexString(Fields * FieldBytes).Select(character => (byte)character).ToArray();
        byte[] encrypt = Request(TransformOperation.Encrypt, Enumerable.Range(0, Fields).Select(field => values.AsMemory(field * FieldBytes, FieldBytes)));
        byte[] decrypt = Request(TransformOperation.Decrypt, Tokens(engine.Call(CallType.Transform, (ref MessagePackWriter writer) => writer.WriteRaw(encrypt))));
        byte[] forged = Wire.Write(TestCaller.Transform(ForgedTokens.Of(Group(TransformOperation.Decrypt, Tokens(engine.Call(CallType.Transform, (ref MessagePackWriter writer) => writer.WriteRaw(encrypt)))))));
        using var aes = new ReusedCipher(values, FieldBytes);

        var encryptSide = new Side("engine, batch of 100", Timed(() => Transform(engine, encrypt, answer)));
        var decryptSide = new Side("engine, batch of 100", Timed(() => Transform(engine, decrypt, answer)));
        var forgedSide = new Side("engine, batch of 100 forged tokens", Timed(() => Transform(engine, forged, answer)));
        var frameSide = new Side("engine, signed frame of 100", round => TimedFrames(engine, encrypt, answer, round));
        var sealSide = new Side("AesGcm.Encrypt", Timed(aes.EncryptAll));
        var openSide = new Side("AesGcm.Decrypt", Timed(aes.DecryptAll));

        TimeSpan each = time / (4 * 2 * (Rounds + 1));
        foreach (Side side in (Side[])[encryptSide, decryptSide, forgedSide, frameSide, sealSide, openSide])
            await side.RunAsync(each);
        return
        [
            await Comparison.RunAsync("engine.encrypt-64", Goal, encryptSide, sealSide, Rounds, each),
            await Comparison.RunAsync("engine.decrypt-64", Goal, decryptSide, openSide, Rounds, each),
            await Comparison.RunAsync("engine.encrypt-64.signed", null, frameSide, sealSide, Rounds, each),
            await Comparison.RunAsync("engine.forged-open", null, forgedSide, decryptSide, Rounds, each),
        ];
    }

    private static TransformGroup Group(TransformOperation operation, IEnumerable<Memory<byte>> values) =>
        new() { Operation = operation, App = "shop", Role = "card", Items = [.. values.Select(value => new TransformItem(DataType.String, value))] };

    private static byte[] Request(TransformOperation operation, IEnumerable<Memory<byte>> values) => Wire.Write(TestCaller.Transform(Group(operation, values)));

    private static Memory<byte>[] Tokens(ReadOnlyMemory<byte> payload)
    {
        var results = new TransformResult[Fields];
        if (!Wire.TryRead(payload, Read, out bool _) || results.Any(result => result.Code != ErrorCode.None))
            throw new InvalidOperationException("The engine did not encrypt.");
        return [.. results.Select(result => result.Value.ToArray().AsMemory())];

        bool Read(ref MessagePackReader reader)
        {
            Wire.ReadArray(ref reader, 1);
            TransformResult.ReadGroup(ref reader, results);
            return true;
        }
    }

    private static void Transform(ReadyEngine engine, byte[] request, FrameBuffer answer)
    {
        answer.Start(AnswerHeader.Bytes);
        ErrorCode code = AnswerTransform(engine.Engine, engine.Session, request, answer);
        if (code != ErrorCode.None)
            throw new InvalidOperationException($"The engine refused: {code}.");
    }

    // The whole of a frame is public; what lies between its signature and its answer is not, and is called here alone.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "AnswerTransform")]
    private static extern ErrorCode AnswerTransform(Enclave.Engine.Engine engine, CallerSession session, ReadOnlyMemory<byte> payload, FrameBuffer answer);

    private static Func<TimeSpan, Task<Sample>> Timed(Action batch) => round =>
    {
        var timings = new Timings();
        long start = Stopwatch.GetTimestamp();
        long allocated = -GC.GetAllocatedBytesForCurrentThread();
        long sinceStart = 0;
        int count = 0;
        long last = start;
        while (sinceStart < round.TotalSeconds * Stopwatch.Frequency)
        {
            batch();
            long now = Stopwatch.GetTimestamp();
            allocated += GC.GetAllocatedBytesForCurrentThread();
            timings.Add(now - last);
            last = Stopwatch.GetTimestamp();
            allocated -= GC.GetAllocatedBytesForCurrentThread();
            sinceStart = now - start;
            count++;
        }

        allocated += GC.GetAllocatedBytesForCurrentThread();
        return Task.FromResult(Summarize(timings, count, TimeSpan.FromSeconds((double)sinceStart / Stopwatch.Frequency), allocated));
    };

    // Frames are signed ahead, because signing is the caller's work, and only their answering counts.
    private static Task<Sample> TimedFrames(ReadyEngine engine, byte[] request, FrameBuffer answer, TimeSpan round)
    {
        var timings = new Timings();
        var frames = new byte[SignedAhead][];
        long allocated = 0, ticks = 0;
        while (ticks < round.TotalSeconds * Stopwatch.Frequency)
        {
            for (int i = 0; i < frames.Length; i++)
                frames[i] = engine.Caller.Frame(CallType.Transform, request);
            foreach (byte[] frame in frames)
            {
                long before = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
                bool kept = engine.Engine.Answer(engine.Session, frame, answer);
                long took = Stopwatch.GetTimestamp() - start;
                allocated += GC.GetAllocatedBytesForCurrentThread() - before;
                ticks += took;
                timings.Add(took);
                if (!kept)
                    throw new InvalidOperationException("The engine ended the session.");
            }
        }

        return Task.FromResult(Summarize(timings, timings.Count, TimeSpan.FromSeconds((double)ticks / Stopwatch.Frequency), allocated));
    }

    private static Sample Summarize(Timings timings, int batches, TimeSpan elapsed, long allocated)
    {
        double fields = (double)batches * Fields;
        return new(fields / elapsed.TotalSeconds, timings.Percentile(0.5), timings.Percentile(0.99), allocated / fields);
    }

    private sealed class ReusedCipher : IDisposable
    {
        private readonly AesGcm _cipher = new(RandomNumberGenerator.GetBytes(32), 16);
        private readonly byte[] _values;
        private readonly byte[] _sealed;
        private readonly byte[] _opened;
        private readonly byte[] _tags;
        private readonly byte[] _nonce = new byte[12];
        private readonly int _fieldBytes;

        public ReusedCipher(byte[] values, int fieldBytes)
        {
            _values = values;
            _sealed = new byte[values.Length];
            _opened = new byte[values.Length];
            _tags = new byte[values.Length / fieldBytes * 16];
            _fieldBytes = fieldBytes;
            EncryptAll();
        }

        public void EncryptAll()
        {
            for (int i = 0; i * _fieldBytes < _values.Length; i++)
            {
                SetNonce(i);
                _cipher.Encrypt(_nonce, _values.AsSpan(i * _fieldBytes, _fieldBytes), _sealed.AsSpan(i * _fieldBytes, _fieldBytes), _tags.AsSpan(i * 16, 16));
            }
        }

        public void DecryptAll()
        {
            for (int i = 0; i * _fieldBytes < _values.Length; i++)
            {
                SetNonce(i);
                _cipher.Decrypt(_nonce, _sealed.AsSpan(i * _fieldBytes, _fieldBytes), _tags.AsSpan(i * 16, 16), _opened.AsSpan(i * _fieldBytes, _fieldBytes));
            }
        }

        public void Dispose() => _cipher.Dispose();

        private void SetNonce(int field) => BitConverter.TryWriteBytes(_nonce, field);
    }
}
