using System.Buffers;

namespace E3.Relay.Proxy.Codings;

/// <summary>Writes to a buffer what a compressing stream makes.</summary>
internal sealed class BufferWriterStream(IBufferWriter<byte> output) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> source) => output.Write(source);

    public override void Write(byte[] source, int offset, int count) => output.Write(source.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] destination, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
