using System.Buffers;

namespace E3.Relay.Proxy.Pipeline;

/// <summary>
/// A body on its way to whoever reads it, of which a copy is kept for rules that only observe: bytes, pace and end are those of the body. Without room for a copy, the body passes and is not seen.
/// </summary>
/// <param name="inner">The body. Belongs to this stream.</param>
/// <param name="copy">Receives the copy. Belongs to this stream.</param>
/// <param name="bytesMax">The largest copy.</param>
/// <param name="budget">The memory that all bodies may hold.</param>
/// <param name="ended">Is told, once, what became of the copy when the body was read to its end.</param>
internal sealed class ObservedStream(Stream inner, PooledBuffer copy, int bytesMax, BufferBudget budget, Action<BodyFill, ReadOnlyMemory<byte>> ended) : ForwardOnlyStream
{
    // A forwarder may still be reading when the request ends, and with it the copy.
    private readonly Lock _lock = new();
    private BodyFill _fill = BodyFill.Whole;
    private bool _ended;

    public override async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        int count = await inner.ReadAsync(destination, cancellationToken);
        See(destination.Span[..count], isEnd: count == 0 && destination.Length > 0);
        return count;
    }

    public override int Read(Span<byte> destination)
    {
        int count = inner.Read(destination);
        See(destination[..count], isEnd: count == 0 && destination.Length > 0);
        return count;
    }

    public override int Read(byte[] destination, int offset, int count) => Read(destination.AsSpan(offset, count));

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            End();
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private void End()
    {
        lock (_lock)
        {
            _ended = true;
            copy.Dispose();
        }
    }

    private void See(ReadOnlySpan<byte> bytes, bool isEnd)
    {
        lock (_lock)
        {
            if (_ended)
                return;
            if (_fill == BodyFill.Whole && !bytes.IsEmpty)
                Keep(bytes);
            if (!isEnd)
                return;
            ended(_fill, _fill == BodyFill.Whole ? copy.Written : default);
            End();
        }
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        _fill = copy.Length + bytes.Length > bytesMax ? BodyFill.TooLarge : budget.HasRoomForCopies ? BodyFill.Whole : BodyFill.NoRoom;
        if (_fill == BodyFill.Whole)
            copy.Write(bytes);
        else
            copy.Dispose();
    }
}
