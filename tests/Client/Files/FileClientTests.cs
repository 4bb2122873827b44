using System.IO.Pipelines;
using System.Net.Sockets;
using System.Security.Cryptography;
using E3.Relay.Enclave.Client.Files;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.Tokens;
using E3.Relay.Testing;

namespace E3.Relay.Enclave.Client.Tests.Files;

/// <summary>Files through the real client to a real engine in a process of its own.</summary>
public sealed class FileClientTests(DevelopmentEngine engine) : IClassFixture<DevelopmentEngine>
{
    private const int Segment = FileToken.SegmentBytes;
    private static readonly FileBinding Binding = new("shop", "card", new byte[] { 1, 2, 3 });

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Segment)]
    [InlineData(Segment + 1)]
    [InlineData(7 * Segment)]
    [InlineData((7 * Segment) + 1)]
    [InlineData((30 * Segment) + 12345)]
    public async Task File_SealedAndOpened_IsTheSame(int size)
    {
        await using FileClient writes = engine.Files("requests"), reads = engine.Files("readers");
        byte[] file = RandomNumberGenerator.GetBytes(size);
        byte[] token = await SealAsync(writes, file);
        Assert.Equal(FileToken.SealedBytes(size), token.Length);
        Assert.True(FileToken.HasHeader(token));
        Assert.Equal(file, await OpenAsync(reads, token));
    }

    [Fact]
    public async Task File_ThatArrivesInDrops_IsSealedAsItComes()
    {
        await using FileClient writes = engine.Files("requests"), reads = engine.Files("readers");
        byte[] file = RandomNumberGenerator.GetBytes((2 * Segment) + 100);
        Pipe source = new(), destination = new(new PipeOptions(pauseWriterThreshold: 0));
        Task sealing = writes.EncryptAsync(Binding, source.Reader, destination.Writer, Bound());
        await source.Writer.WriteAsync(file.AsMemory(0, Segment));
        await source.Writer.WriteAsync(file.AsMemory(Segment, 1));

        // One byte behind the first segment: it goes, though nothing follows for now.
        int header = FileToken.HeaderBytes, first = header + Segment + TokenGrammar.TagBytes;
        ReadResult read = await destination.Reader.ReadAtLeastAsync(first, Bound());
        Assert.Equal(first, read.Buffer.Length);
        destination.Reader.AdvanceTo(read.Buffer.Start);
        for (int at = Segment + 1; at < file.Length; at += 999)
            await source.Writer.WriteAsync(file.AsMemory(at, Math.Min(999, file.Length - at)));
        await source.Writer.CompleteAsync();
        await sealing.WaitAsync(TimeBound.Default);
        await destination.Writer.CompleteAsync();
        Assert.Equal(file, await OpenAsync(reads, await ReadAllAsync(destination.Reader)));
    }

    [Fact]
    public async Task File_CutShortOrChanged_GivesItsBeginning_AndFails()
    {
        await using FileClient writes = engine.Files("requests"), reads = engine.Files("readers");
        byte[] file = RandomNumberGenerator.GetBytes(20 * Segment), token = await SealAsync(writes, file);
        byte[] cut = token[..(FileToken.HeaderBytes + (14 * (Segment + TokenGrammar.TagBytes)))];
        (Exception? failure, byte[] released) = await TryOpenAsync(reads, cut, Binding);
        Assert.Equal(ErrorCode.TokenRejected, Assert.IsType<EnclaveException>(failure).Code);
        Assert.Equal(file[..released.Length], released);
        Assert.True(released.Length < 14 * Segment);
        token[^1] ^= 1;
        (failure, released) = await TryOpenAsync(reads, token, Binding);
        Assert.Equal(ErrorCode.TokenRejected, Assert.IsType<EnclaveException>(failure).Code);
        Assert.Equal(file[..released.Length], released);
        token[^1] ^= 1;
        Assert.Equal(file, await OpenAsync(reads, token));
    }

    [Fact]
    public async Task File_OfAnotherBindingOrNone_ReleasesNothing()
    {
        await using FileClient writes = engine.Files("requests"), reads = engine.Files("readers");
        byte[] token = await SealAsync(writes, new byte[100]);
        Assert.Equal((ErrorCode.TokenRejected, 0), await RefusedAsync(token, Binding with { Context = default }));
        Assert.Equal((ErrorCode.TokenRejected, 0), await RefusedAsync(token, Binding with { Role = "ssn" }));
        Assert.Equal((ErrorCode.TokenMalformed, 0), await RefusedAsync(new byte[1000], Binding));
        Assert.Equal((ErrorCode.TokenMalformed, 0), await RefusedAsync([], Binding));
        Assert.Equal((ErrorCode.TokenMalformed, 0), await RefusedAsync(token[..41], Binding));
        Assert.Equal((ErrorCode.LimitExceeded, 0), await RefusedAsync(token, Binding with { Context = new byte[5000] }));
        Assert.Equal((ErrorCode.OperationNotGranted, 0), await RefusedAsync(token, Binding, "requests"));

        async Task<(ErrorCode, int)> RefusedAsync(byte[] given, FileBinding binding, string caller = "readers")
        {
            await using FileClient client = engine.Files(caller);
            (Exception? failure, byte[] released) = await TryOpenAsync(client, given, binding);
            return (Assert.IsType<EnclaveException>(failure).Code, released.Length);
        }
    }

    [Fact]
    public async Task Destination_ThatIsNotRead_HoldsTheSourceBack_AndCancellingEndsIt()
    {
        await using FileClient writes = engine.Files("requests", engine.Options() with { FileConnections = 1 });
        for (int i = 0; i <= ProtocolLimits.StreamsMax; i++)
        {
            using var cancel = new CancellationTokenSource();
            var source = new EndlessStream();
            var destination = new Pipe();
            Task sealing = writes.EncryptAsync(Binding, PipeReader.Create(source), destination.Writer, cancel.Token);
            long before = -1;
            await TimeBound.UntilAsync(() => Interlocked.Exchange(ref before, source.Taken) == source.Taken && before > Segment, "the source is held back");
            Assert.True(source.Taken < 8 * 1024 * 1024);
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sealing.WaitAsync(TimeBound.Default));
        }

        // As many were given up as a session has room for, and one more: none of them is still open.
        Assert.Equal(FileToken.SealedBytes(10), (await SealAsync(writes, new byte[10])).Length);
    }

    [Fact]
    public async Task Destination_WhoseReaderIsGone_EndsTheFile()
    {
        await using FileClient writes = engine.Files("requests");
        var destination = new Pipe();
        Task sealing = writes.EncryptAsync(Binding, PipeReader.Create(new EndlessStream()), destination.Writer, Bound());
        await destination.Reader.ReadAsync(Bound());
        await destination.Reader.CompleteAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sealing.WaitAsync(TimeBound.Default));
    }

    [Fact]
    public async Task Source_ThatFails_IsTold_AndTheSessionLives()
    {
        await using FileClient writes = engine.Files("requests");
        var source = new Pipe();
        await source.Writer.WriteAsync(new byte[10]);
        await source.Writer.CompleteAsync(new InvalidDataException("the sender is gone"));
        await Assert.ThrowsAsync<InvalidDataException>(() => writes.EncryptAsync(Binding, source.Reader, PipeWriter.Create(Stream.Null), Bound()));
        Assert.Equal(FileToken.SealedBytes(10), (await SealAsync(writes, new byte[10])).Length);
    }

    [Fact]
    public async Task Connection_ThatBreaks_FailsItsFiles_AndNoOther()
    {
        string path = engine.AnotherSocketPath();
        using var relay = new CuttableRelay(path, engine.SocketPath);
        await using FileClient writes = engine.Files("requests", engine.Options(path) with { FileConnections = 1 });
        var destination = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        Task sealing = writes.EncryptAsync(Binding, PipeReader.Create(new EndlessStream()), destination.Writer, Bound());
        await destination.Reader.ReadAtLeastAsync(FileToken.HeaderBytes + Segment, Bound());
        relay.Cut();
        await Assert.ThrowsAsync<EnclaveUnavailableException>(() => sealing.WaitAsync(TimeBound.Default));
        Assert.Equal(1, relay.Accepted);

        // The next file finds a session of its own, and so does one whose session has ended unnoticed.
        Assert.Equal(FileToken.SealedBytes(10), (await SealAsync(writes, new byte[10])).Length);
        relay.Cut();
        Assert.Equal(FileToken.SealedBytes(10), (await SealAsync(writes, new byte[10])).Length);
        Assert.Equal(3, relay.Accepted);
    }

    [Fact]
    public async Task Connection_ThatBreaksUnderManyFiles_IsToldToAllAtOnce()
    {
        string path = engine.AnotherSocketPath();
        using var relay = new CuttableRelay(path, engine.SocketPath);
        await using FileClient writes = engine.Files("requests", engine.Options(path) with { FileConnections = 1 });
        for (int round = 0; round < 3; round++)
        {
            List<Task> files = [];
            for (int i = 0; i < ProtocolLimits.StreamsMax; i++)
            {
                var destination = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
                files.Add(writes.EncryptAsync(Binding, PipeReader.Create(new EndlessStream()), destination.Writer, Bound()));
                await destination.Reader.ReadAtLeastAsync(FileToken.HeaderBytes + Segment, Bound());
            }

            relay.Cut();
            long started = TimeProvider.System.GetTimestamp();
            foreach (Task file in files)
                await Assert.ThrowsAsync<EnclaveUnavailableException>(() => file.WaitAsync(TimeBound.Default * 2));
            TestContext.Current.SendDiagnosticMessage("{0} ms", TimeProvider.System.GetElapsedTime(started).TotalMilliseconds);
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeBound.Default / 2, "nobody waits for the time limit of a call");
        }
    }

    [Fact]
    public async Task Client_ClosedWhileASessionIsBeingOpened_LetsThoseGoWhoWait()
    {
        string path = engine.AnotherSocketPath();
        using var silent = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        silent.Bind(new UnixDomainSocketEndPoint(path));
        silent.Listen();
        FileClient writes = engine.Files("requests", engine.Options(path));
        using var cancel = new CancellationTokenSource();
        Task opening = writes.EncryptAsync(Binding, PipeReader.Create(Stream.Null), PipeWriter.Create(Stream.Null), cancel.Token);
        Task closing = writes.DisposeAsync().AsTask();
        Task waiting = writes.EncryptAsync(Binding, PipeReader.Create(Stream.Null), PipeWriter.Create(Stream.Null), CancellationToken.None);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening.WaitAsync(TimeBound.Default));
        await closing.WaitAsync(TimeBound.Default);
        await Assert.ThrowsAsync<EnclaveUnavailableException>(() => waiting.WaitAsync(TimeBound.Default));
    }

    [Fact]
    public async Task Files_BeyondTheLimit_AreRefused_AndTheOthersGoOn()
    {
        await using FileClient writes = engine.Files("requests", engine.Options() with { FileConnections = 1 });
        List<(Pipe Source, Task Sealing)> open = [];
        for (int i = 0; i < ProtocolLimits.StreamsMax; i++)
        {
            var source = new Pipe();
            var destination = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
            open.Add((source, writes.EncryptAsync(Binding, source.Reader, destination.Writer, Bound())));
            await source.Writer.WriteAsync(new byte[Segment + 1]);
            await destination.Reader.ReadAtLeastAsync(FileToken.HeaderBytes + Segment, Bound());
        }

        await Assert.ThrowsAsync<EnclaveUnavailableException>(() => SealAsync(writes, new byte[10]));
        foreach ((Pipe source, Task sealing) in open)
        {
            await source.Writer.CompleteAsync();
            await sealing.WaitAsync(TimeBound.Default);
        }

        Assert.Equal(FileToken.SealedBytes(10), (await SealAsync(writes, new byte[10])).Length);
    }

    [Fact]
    public async Task Files_AtTheSameTime_DoNotStarveFields()
    {
        await using FileClient writes = engine.Files("requests"), reads = engine.Files("readers");
        await using EnclaveClient fields = engine.Fields("requests");
        await fields.ConnectAsync(Bound());
        var group = new TransformGroup { Operation = TransformOperation.Encrypt, App = "shop", Role = "card", Items = [new TransformItem(DataType.String, "4242"u8.ToArray())] };
        byte[] file = RandomNumberGenerator.GetBytes(5 * 1024 * 1024);
        Task[] files = [.. Enumerable.Range(0, 12).Select(_ => Task.Run(async () => Assert.Equal(file, await OpenAsync(reads, await SealAsync(writes, file)))))];
        int transformed = 0;
        while (!files.All(static one => one.IsCompleted))
        {
            TransformResult[] results = await fields.TransformAsync([group], Bound());
            Assert.Equal(ErrorCode.None, results[0].Code);
            transformed++;
        }

        await Task.WhenAll(files);
        TestContext.Current.SendDiagnosticMessage("{0} fields while 12 files of 5 MiB passed twice", transformed);
        Assert.True(transformed > 12, $"{transformed} fields");
    }

    private static CancellationToken Bound() => new CancellationTokenSource(TimeBound.Default).Token;

    private static async Task<byte[]> SealAsync(FileClient client, byte[] file)
    {
        using var output = new MemoryStream();
        PipeWriter destination = PipeWriter.Create(output);
        await client.EncryptAsync(Binding, PipeReader.Create(new MemoryStream(file)), destination, Bound());
        await destination.CompleteAsync();
        return output.ToArray();
    }

    private static async Task<byte[]> OpenAsync(FileClient client, byte[] token)
    {
        (Exception? failure, byte[] file) = await TryOpenAsync(client, token, Binding);
        return failure is null ? file : throw failure;
    }

    private static async Task<(Exception? Failure, byte[] Released)> TryOpenAsync(FileClient client, byte[] token, FileBinding binding)
    {
        using var output = new MemoryStream();
        PipeWriter destination = PipeWriter.Create(output, new(leaveOpen: true));
        Exception? failure = await Record.ExceptionAsync(() => client.DecryptAsync(binding, PipeReader.Create(new MemoryStream(token)), destination, Bound()));
        await destination.CompleteAsync();
        return (failure, output.ToArray());
    }

    private static async Task<byte[]> ReadAllAsync(PipeReader reader)
    {
        using var output = new MemoryStream();
        await reader.CopyToAsync(output);
        return output.ToArray();
    }

    /// <summary>Zeros without end, and how many were taken.</summary>
    private sealed class EndlessStream : Stream
    {
        private long _read;

        public long Taken => Interlocked.Read(ref _read);

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            buffer.Span.Clear();
            Interlocked.Add(ref _read, buffer.Length);
            return ValueTask.FromResult(buffer.Length);
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
