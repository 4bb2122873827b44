namespace E3.Relay.Proxy.Codings;

/// <summary>
/// Hands deflate data to a reader so that its end can be known: .NET's streams take a cut for the end, and do not tell how much they used. The last byte is handed out alone: a reader that never asks for it
/// had its end before, and one that asks for more after it has no end yet.
/// </summary>
internal sealed class WatchedSource(ReadOnlyMemory<byte> data) : Stream
{
    private int _position;

    /// <summary>The data ended just with its last byte.</summary>
    public bool EndedExactly => _position == data.Length && !WantedMore;

    private bool WantedMore { get; set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> destination)
    {
        int left = data.Length - _position;
        WantedMore |= left == 0;
        int count = Math.Min(destination.Length, left <= 1 ? left : left - 1);
        data.Span.Slice(_position, count).CopyTo(destination);
        _position += count;
        return count;
    }

    public override int Read(byte[] destination, int offset, int count) => Read(destination.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] source, int offset, int count) => throw new NotSupportedException();
}
