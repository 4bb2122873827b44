namespace E3.Relay.Enclave.Protocol.Tests.Framing;

/// <summary>Gives a few bytes with each read and notes the size of each write.</summary>
internal sealed class SlowStream(byte[] input, int bytesPerRead) : Stream
{
    private readonly MemoryStream _written = new();
    private int _position;

    public List<int> Writes { get; } = [];

    public int Flushes { get; private set; }

    public byte[] Written => _written.ToArray();

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        int read = Math.Min(Math.Min(count, bytesPerRead), input.Length - _position);
        input.AsSpan(_position, read).CopyTo(buffer.AsSpan(offset));
        _position += read;
        return read;
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        Writes.Add(count);
        _written.Write(buffer, offset, count);
    }

    public override void Flush() => Flushes++;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
