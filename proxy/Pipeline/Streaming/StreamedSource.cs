using System.Buffers;
using System.IO.Pipelines;
using E3.Relay.Rules;

namespace E3.Relay.Proxy.Pipeline.Streaming;

/// <summary>Reads a body in parts, and holds no more of it than what is not decided yet.</summary>
/// <param name="stream">The body; null when what is held is all of it.</param>
/// <param name="held">What was read before. Belongs to the source.</param>
/// <param name="scan">Finds the selected values. Belongs to the source.</param>
/// <param name="budget">The memory that all bodies may hold.</param>
/// <param name="bytesMax">The largest body.</param>
/// <param name="direction">Decides who is to blame for what the body holds.</param>
internal sealed class StreamedSource(Stream stream, PooledBuffer held, BodyStream scan, BufferBudget budget, long bytesMax, MessageDirection direction) : IDisposable
{
    private const int ReadBytes = 16 * 1024;

    private PooledBuffer _held = held;
    private long _bytes = held.Length;
    private bool _isLast, _isDone;

    /// <summary>Reads the next part.</summary>
    /// <returns>The part; null behind the last one.</returns>
    /// <exception cref="BodyCutException">The body is refused.</exception>
    public async Task<StreamedPart?> ReadPartAsync(CancellationToken cancellationToken)
    {
        if (_isDone)
            return null;
        while (true)
        {
            if (!scan.TryRead(_held.Written, _isLast))
                throw Refused(scan.Refusal!);
            if (scan.IsFull || scan.IsEnd)
                return Cut();
            await FillAsync(cancellationToken);
        }
    }

    /// <summary>Moves the content of the file that stands behind the last part, to its end.</summary>
    /// <exception cref="BodyCutException">The body is refused.</exception>
    public async Task ReadFileAsync(PipeWriter destination, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (!scan.TryReadFile(_held.Written, _isLast, out int length))
                throw Refused(scan.Refusal!);
            destination.Write(_held.Written.Span[..length]);
            _held.TakeOff(length);
            if (scan.File is null || (await destination.FlushAsync(cancellationToken)).IsCompleted)
                return;
            await FillAsync(cancellationToken);
        }
    }

    public void Dispose()
    {
        scan.Dispose();
        _held.Dispose();
    }

    private StreamedPart Cut()
    {
        _isDone = scan.IsEnd;
        PooledBuffer part = _held;
        _held = new PooledBuffer(budget);
        _held.Write(part.Written.Span[scan.Decided..]);
        part.Shorten(scan.Decided);
        if (scan.TryCut(part.Written, out BodySelection selection, out Refusal? refusal))
            return new StreamedPart(part, selection, scan.File);
        part.Dispose();
        throw Refused(refusal);
    }

    private async Task FillAsync(CancellationToken cancellationToken)
    {
        do
        {
            if (!_held.HasRoom)
                throw new BodyCutException(RelayErrors.Busy);
            Memory<byte> free = _held.GetMemory(1);
            int read = await stream.ReadAsync(free.Length > ReadBytes ? free[..ReadBytes] : free, cancellationToken);
            _held.Advance(read);
            _bytes += read;
            _isLast = read == 0;
            if (_bytes > bytesMax)
                throw new BodyCutException(direction == MessageDirection.Request ? RelayErrors.BodyTooLarge : RelayErrors.ResponseTooLarge);
        }
        while (!_isLast && _held.Length < scan.Wanted);
    }

    private BodyCutException Refused(Refusal refusal) => new(MessageEditor.ErrorOf(refusal, direction));
}
