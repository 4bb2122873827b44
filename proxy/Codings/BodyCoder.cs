using System.Buffers;
using System.IO.Compression;
using E3.Relay.Proxy.Pipeline;
using ZstdSharp;

namespace E3.Relay.Proxy.Codings;

/// <summary>Undoes the content coding of whole bodies, within limits, and does it again.</summary>
internal static class BodyCoder
{
    /// <summary>However well a body was compressed, this many bytes of it are no bomb.</summary>
    internal const int AlwaysAllowedBytes = 64 * 1024;

    /// <summary>How many times larger than its compressed form a body may be that is larger than that. Text is seldom over 20.</summary>
    internal const int RatioMax = 100;

    private const int BrotliQuality = 1, BrotliWindowBits = 22, ZstandardLevel = 1;

    /// <summary>Undoes a coding.</summary>
    /// <param name="coding">The coding; not identity.</param>
    /// <param name="body">The body as it came.</param>
    /// <param name="bytesMax">The largest that it may become.</param>
    /// <param name="plain">Receives the body without the coding.</param>
    public static DecodingResult Undo(ContentCoding coding, ReadOnlyMemory<byte> body, int bytesMax, PooledBuffer plain)
    {
        try
        {
            using CodingReader reader = ReaderOf(coding, body);
            plain.Budget.Count(reader.WindowBytes);
            try
            {
                long expandedMax = Math.Max(AlwaysAllowedBytes, (long)RatioMax * body.Length);
                return Fill(plain, reader, (int)Math.Min(bytesMax, expandedMax), isRatio: expandedMax < bytesMax);
            }
            finally
            {
                plain.Budget.Count(-reader.WindowBytes);
            }
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            return DecodingResult.Malformed;
        }
    }

    /// <summary>Does a coding again, at a fast level.</summary>
    /// <param name="coding">The coding; not identity.</param>
    /// <param name="plain">The body without it.</param>
    public static PooledBuffer Redo(ContentCoding coding, PooledBuffer plain)
    {
        PooledBuffer output = plain.CreateOutput();
        try
        {
            Write(coding, plain.Written.Span, output);
            return output;
        }
        catch
        {
            output.Dispose();
            throw;
        }
    }

    private static CodingReader ReaderOf(ContentCoding coding, ReadOnlyMemory<byte> body) => coding switch
    {
        ContentCoding.Gzip => new GzipReader(body),
        ContentCoding.Deflate => new ZlibReader(body),
        ContentCoding.Brotli => new BrotliReader(body),
        ContentCoding.Zstandard => new ZstandardReader(body),
        _ => throw new ArgumentOutOfRangeException(nameof(coding)),
    };

    private static DecodingResult Fill(PooledBuffer plain, CodingReader reader, int bytesMax, bool isRatio)
    {
        while (plain.HasRoom)
        {
            // One byte over the limit is enough to know.
            Span<byte> free = plain.GetSpan();
            int room = bytesMax - plain.Length + 1;
            int count = reader.Read(free.Length > room ? free[..room] : free);
            if (count == 0)
                return reader.IsWhole ? DecodingResult.Whole : DecodingResult.Malformed;
            plain.Advance(count);
            if (plain.Length > bytesMax)
                return isRatio ? DecodingResult.Expands : DecodingResult.TooLarge;
        }

        return DecodingResult.NoRoom;
    }

    private static void Write(ContentCoding coding, ReadOnlySpan<byte> plain, PooledBuffer output)
    {
        switch (coding)
        {
            // .NET's streams write nothing at all for nothing.
            case ContentCoding.Gzip when plain.IsEmpty:
                output.Write((ReadOnlySpan<byte>)[0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
                break;
            case ContentCoding.Deflate when plain.IsEmpty:
                output.Write((ReadOnlySpan<byte>)[0x78, 1, 3, 0, 0, 0, 0, 1]);
                break;
            case ContentCoding.Gzip:
                using (var stream = new GZipStream(new BufferWriterStream(output), CompressionLevel.Fastest))
                    stream.Write(plain);
                break;
            case ContentCoding.Deflate:
                using (var stream = new ZLibStream(new BufferWriterStream(output), CompressionLevel.Fastest))
                    stream.Write(plain);
                break;
            case ContentCoding.Brotli:
                if (!BrotliEncoder.TryCompress(plain, output.GetSpan(BrotliEncoder.GetMaxCompressedLength(plain.Length)), out int written, BrotliQuality, BrotliWindowBits))
                    throw new InvalidOperationException("the output is smaller than the longest result");
                output.Advance(written);
                break;
            case ContentCoding.Zstandard:
                using (var compressor = new Compressor(ZstandardLevel))
                    output.Advance(compressor.Wrap(plain, output.GetSpan(Compressor.GetCompressBound(plain.Length))));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(coding));
        }
    }
}
