using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace E3.Relay.Proxy.Codings;

/// <summary>Undoes <c>gzip</c> (RFC 1952). There is one member: of several, some readers take the first and others all.</summary>
internal sealed class GzipReader : CodingReader
{
    private const int HeadBytes = 10, TrailerBytes = 8;
    private const byte HasHeadCheck = 2, HasExtra = 4, HasName = 8, HasComment = 16, Reserved = 0xE0;

    private readonly WatchedSource _source;
    private readonly DeflateStream _stream;
    private readonly ReadOnlyMemory<byte> _trailer;
    private readonly Crc32 _check = new();
    private uint _length;

    /// <summary>Begins with a body.</summary>
    /// <exception cref="InvalidDataException">No member of that format.</exception>
    public GzipReader(ReadOnlyMemory<byte> body)
    {
        int head = HeadLength(body.Span);
        if (body.Length - head <= TrailerBytes)
            throw new InvalidDataException();
        _source = new WatchedSource(body[head..^TrailerBytes]);
        _stream = new DeflateStream(_source, CompressionMode.Decompress);
        _trailer = body[^TrailerBytes..];
    }

    public override int WindowBytes => DeflateWindowBytes;

    public override bool IsWhole =>
        _source.EndedExactly
        && BinaryPrimitives.ReadUInt32LittleEndian(_trailer.Span) == _check.GetCurrentHashAsUInt32()
        && BinaryPrimitives.ReadUInt32LittleEndian(_trailer.Span[4..]) == _length;

    public override int Read(Span<byte> destination)
    {
        int count = _stream.Read(destination);
        _check.Append(destination[..count]);
        _length += (uint)count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        _stream.Dispose();
        _source.Dispose();
    }

    // RFC 1952, section 2.3.
    private static int HeadLength(ReadOnlySpan<byte> body)
    {
        if (body.Length < HeadBytes || !body.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B, 8]) || (body[3] & Reserved) != 0)
            throw new InvalidDataException();
        byte flags = body[3];
        int length = HeadBytes;
        if ((flags & HasExtra) != 0)
            length += 2 + (length + 2 <= body.Length ? BinaryPrimitives.ReadUInt16LittleEndian(body[length..]) : throw new InvalidDataException());
        if ((flags & HasName) != 0)
            length += TextLength(body, length);
        if ((flags & HasComment) != 0)
            length += TextLength(body, length);
        if ((flags & HasHeadCheck) == 0)
            return length;
        if (length + 2 > body.Length || BinaryPrimitives.ReadUInt16LittleEndian(body[length..]) != (Crc32.HashToUInt32(body[..length]) & 0xFFFF))
            throw new InvalidDataException();
        return length + 2;
    }

    private static int TextLength(ReadOnlySpan<byte> body, int start)
    {
        int end = start < body.Length ? body[start..].IndexOf((byte)0) : -1;
        return end < 0 ? throw new InvalidDataException() : end + 1;
    }
}
