namespace E3.Relay.Proxy.Pipeline;

/// <summary>Reads a buffered body, from its start to its end, once. Does not own the buffer.</summary>
internal sealed class BufferStream(PooledBuffer buffer) : ForwardOnlyStream
{
    private int _position;

    public override int Read(Span<byte> destination)
    {
        int count = buffer.CopyTo(_position, destination);
        _position += count;
        return count;
    }

    public override int Read(byte[] destination, int offset, int count) => Read(destination.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<int>(cancellationToken) : ValueTask.FromResult(Read(destination.Span));
}
