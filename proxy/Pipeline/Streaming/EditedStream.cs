using System.Buffers;
using System.IO.Pipelines;

namespace E3.Relay.Proxy.Pipeline.Streaming;

/// <summary>What the forwarder reads of a body that is changed while it passes. A body that is cut off ends in an exception, never in an end.</summary>
internal sealed class EditedStream(PipeReader reader) : ForwardOnlyStream
{
    // A forwarder may still be reading when the request ends: the lock keeps it from ever seeing memory that was given back.
    private readonly Lock _lock = new();
    private bool _closed;

    public override async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        if (destination.IsEmpty)
            return 0;
        ReadResult read = await reader.ReadAsync(cancellationToken);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            int count = (int)Math.Min(read.Buffer.Length, destination.Length);
            read.Buffer.Slice(0, count).CopyTo(destination.Span);
            reader.AdvanceTo(read.Buffer.GetPosition(count));
            if (count == 0 && !read.IsCompleted)
                throw new OperationCanceledException("The body is not read any more.");
            return count;
        }
    }

    public override int Read(byte[] destination, int offset, int count) => throw new NotSupportedException("Bodies are read asynchronously.");

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            End();
        base.Dispose(disposing);
    }

    private void End()
    {
        lock (_lock)
        {
            if (_closed)
                return;
            _closed = true;
            reader.Complete();
        }
    }
}
