using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Channels;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.Tokens;

namespace E3.Relay.Enclave.Client.Files;

/// <summary>Moves one file through one stream: parts go to the engine while the answers to earlier ones still come, at most a few, so memory is bounded and a slow destination slows the source.</summary>
internal sealed class FilePump(FileLane lane, uint stream, TransformOperation operation, TimeSpan limit, TimeProvider time)
{
    // Seven segments and what is around them fit the memory that both ends keep for frames (512 KiB), and share the cost of one signature.
    private const int SegmentsPerFrame = 7;
    private const int PartsAhead = 2;

    private readonly int _segment = operation == TransformOperation.Encrypt ? FileToken.SegmentBytes : FileToken.SegmentBytes + TokenGrammar.TagBytes;
    private readonly Channel<Task<FilePiece>> _answers = Channel.CreateBounded<Task<FilePiece>>(new BoundedChannelOptions(PartsAhead) { SingleReader = true, SingleWriter = true });
    private int _underWay;

    /// <summary>Moves everything, then returns. When it throws, the destination has a part of the file, and the stream is over.</summary>
    public async Task RunAsync(PipeReader source, PipeWriter destination, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task sending = StopOnFailureAsync(SendAllAsync(source, stop.Token), stop);
        Task receiving = StopOnFailureAsync(ReceiveAllAsync(source, destination, stop.Token), stop);
        try
        {
            // The failure that stopped the other one is the one to be told.
            await (await Task.WhenAny(sending, receiving).ConfigureAwait(false)).ConfigureAwait(false);
            await Task.WhenAll(sending, receiving).ConfigureAwait(false);
        }
        catch
        {
            await Task.WhenAll(sending, receiving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await GiveUpAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task StopOnFailureAsync(Task work, CancellationTokenSource stop)
    {
        try
        {
            await work.ConfigureAwait(false);
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task SendAllAsync(PipeReader source, CancellationToken cancellationToken)
    {
        try
        {
            bool last = false;
            while (!last && await _answers.Writer.WaitToWriteAsync(cancellationToken).ConfigureAwait(false))
            {
                ReadResult read = await source.ReadAsync(cancellationToken).ConfigureAwait(false);
                int length = NextPart(read, out last);
                if (length < 0)
                {
                    source.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                    continue;
                }

                ReadOnlySequence<byte> data = read.Buffer.Slice(0, length);
                Interlocked.Increment(ref _underWay);
                Task<FilePiece> answer = await lane.SendAsync(new(stream, last ? StreamStep.Last : StreamStep.More, data), limit, time).ConfigureAwait(false);
                source.AdvanceTo(data.End);
                _answers.Writer.TryWrite(answer);
            }
        }
        finally
        {
            _answers.Writer.Complete();
        }
    }

    // Bytes of the next part, or -1 to wait for more. One byte must follow the last whole segment, or the end: the end of the file is marked in its last segment.
    private int NextPart(ReadResult read, out bool last)
    {
        long available = read.Buffer.Length;
        last = read.IsCompleted && available <= SegmentsPerFrame * _segment;
        if (last)
            return (int)available;
        int segments = (int)Math.Min(SegmentsPerFrame, (available - 1) / _segment);
        bool goes = available > 0 && (segments == SegmentsPerFrame || (segments > 0 && Volatile.Read(ref _underWay) == 0));
        return goes ? segments * _segment : -1;
    }

    private async Task ReceiveAllAsync(PipeReader source, PipeWriter destination, CancellationToken cancellationToken)
    {
        await foreach (Task<FilePiece> answer in _answers.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            using FilePiece piece = await lane.InTimeAsync(answer, limit, time).ConfigureAwait(false);
            FlushResult flushed = await destination.WriteAsync(piece.Memory, cancellationToken).ConfigureAwait(false);
            if (flushed.IsCompleted || flushed.IsCanceled)
                throw new OperationCanceledException("Nobody reads the file any more.");

            // A sender who waits for a full frame need not: there is nothing under way any more that it could be filled behind.
            if (Interlocked.Decrement(ref _underWay) == 0)
                source.CancelPendingRead();
        }
    }

    private async Task DiscardAsync(Task<FilePiece> answer)
    {
        try
        {
            (await lane.InTimeAsync(answer, limit, time).ConfigureAwait(false)).Dispose();
        }
        catch (Exception e) when (e is EnclaveException or EnclaveUnavailableException)
        {
            // There was nothing in it.
        }
    }

    // Answers that nobody took are read nevertheless; then the engine is told.
    private async Task GiveUpAsync()
    {
        while (_answers.Reader.TryRead(out Task<FilePiece>? answer))
            await DiscardAsync(answer).ConfigureAwait(false);
        try
        {
            await lane.DropAsync(stream, limit, time).ConfigureAwait(false);
        }
        catch (Exception e) when (e is EnclaveException or EnclaveUnavailableException)
        {
            // The stream or its session is gone already.
        }
    }
}
