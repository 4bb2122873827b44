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
        _source = new WatchedSource(body);
        _stream = new ZLibStream(_source, CompressionMode.Decompress);
    }

    public override bool IsWhole => _source.EndedExactly;

    public override int Read(Span<byte> destination) => _stream.Read(destination);

    protected override void Dispose(bool disposing)
    {
        _stream.Dispose();
        _source.Dispose();
    }
}
