using System.IO.Compression;

namespace E3.Relay.Proxy.Codings;

/// <summary>Undoes <c>deflate</c>, which is the zlib format (RFC 1950). Its checksum is verified by the stream.</summary>
internal sealed class ZlibReader : CodingReader
{
    private readonly WatchedSource _source;
    private readonly ZLibStream _stream;

    /// <summary>Begins with a body.</summary>
    /// <exception cref="InvalidDataException">No header of that format, or one that wants a dictionary.</exception>
    public ZlibReader(ReadOnlyMemory<byte> body)
    {
        // Method 8, a window of at most 32 KiB, a header divisible by 31, no dictionary (RFC 1950 section 2.2).
        if (body.Span is not [byte method, byte flags, ..] || (method & 0x0F) != 8 || method >> 4 > 7 || ((method << 8) | flags) % 31 != 0 || (flags & 0x20) != 0)
            throw new InvalidDataException();
        if (IsBareDataToo(body.Span))
            throw new InvalidDataException();
        _source = new WatchedSource(body);
        _stream = new ZLibStream(_source, CompressionMode.Decompress);
    }

    public override int WindowBytes => DeflateWindowBytes;

    public override bool IsWhole => _source.EndedExactly;

    public override int Read(Span<byte> destination) => _stream.Read(destination);

    /// <summary>
    /// Whether the body begins as bare deflate data begins too (RFC 1951, section 3.2.4): with the header for a stored block and its length, and then the length again with all bits turned. Readers that try that format first
    /// would find another text. By chance it is one body in 65,536.
    /// </summary>
    private static bool IsBareDataToo(ReadOnlySpan<byte> body) => body.Length > 4 && (body[1] ^ 0xFF) == body[3] && (body[2] ^ 0xFF) == body[4];

    protected override void Dispose(bool disposing)
    {
        _stream.Dispose();
        _source.Dispose();
    }
}
