using System.IO.Compression;
using E3.Relay.Proxy.Codings;
using E3.Relay.Proxy.Pipeline;
using ZstdSharp;

namespace E3.Relay.Fuzz.Targets;

/// <summary>The first byte chooses a content coding; the rest is a body in it, which is judged against readers of others.</summary>
internal sealed class CodingsTarget : IFuzzTarget
{
    private const int BytesMax = 1 << 18, SmallMax = 1000;

    private static readonly ContentCoding[] Codings = [ContentCoding.Gzip, ContentCoding.Deflate, ContentCoding.Brotli, ContentCoding.Zstandard];

    public string Name => "codings";

    public IEnumerable<byte[]> Seeds
    {
        get
        {
            foreach (byte[] text in (byte[][])[[], [.. "4242"u8], [.. Enumerable.Range(0, 3000).Select(static i => (byte)(i * 31 % 251))], new byte[70_000]])
            {
                for (int coding = 0; coding < Codings.Length; coding++)
                    yield return [(byte)coding, .. Redo(Codings[coding], text)];
            }
        }
    }

    public IEnumerable<byte[]> Words =>
    [
        [0x1F, 0x8B, 8], [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3], [0x78, 0x9C], [0x78, 0x01], [0x28, 0xB5, 0x2F, 0xFD], [0x50, 0x2A, 0x4D, 0x18, 0, 0, 0, 0], [1, 0, 0], [3, 0, 0], [0x3B], [0x06], [0x0B, 0, 0x80], [0, 0, 0xFF, 0xFF], [3, 0, 0, 0, 0, 1],
    ];

    public int Run(ReadOnlyMemory<byte> input)
    {
        if (input.IsEmpty)
            return -1;
        int number = input.Span[0] % Codings.Length;
        ContentCoding coding = Codings[number];
        ReadOnlyMemory<byte> body = input[1..];
        (DecodingResult result, byte[] plain) = Undo(coding, body, BytesMax);
        (DecodingResult small, byte[] begun) = Undo(coding, body, SmallMax);
        BrokenException.Unless(plain.AsSpan().StartsWith(begun.AsSpan(0, Math.Min(begun.Length, plain.Length))), "the limit changes no byte before it");
        BrokenException.Unless(plain.Length <= BytesMax + 1 && begun.Length <= SmallMax + 1, "no more is written than the limit and one byte");
        if (result == DecodingResult.Whole)
            JudgeWhole(coding, body, plain, small);
        return (16 * number) + (4 * (int)result) + (plain.Length == 0 ? 0 : plain.Length < SmallMax ? 1 : 2);
    }

    public void Dispose()
    {
        // Nothing is held.
    }

    private static void JudgeWhole(ContentCoding coding, ReadOnlyMemory<byte> body, byte[] plain, DecodingResult small)
    {
        BrokenException.Unless(small == (plain.Length <= SmallMax ? DecodingResult.Whole : DecodingResult.TooLarge), "what is larger than the limit is too large");
        BrokenException.Unless(UndoElsewhere(coding, body.ToArray()).AsSpan().SequenceEqual(plain), "another reader finds the same");
        BrokenException.Unless(Undo(coding, body[..^1], BytesMax).Result == DecodingResult.Malformed, "a cut is no end");
        BrokenException.Unless(Undo(coding, (byte[])[.. body.Span, 0], BytesMax).Result == DecodingResult.Malformed, "nothing stands after the end");
        BrokenException.Unless(Undo(coding, (byte[])[.. body.Span, .. body.Span], BytesMax).Result is DecodingResult.Malformed or DecodingResult.TooLarge, "a body is one piece");
        byte[] redone = Redo(coding, plain);
        BrokenException.Unless(UndoElsewhere(coding, redone).AsSpan().SequenceEqual(plain), "another reader finds what was written");
    }

    private static (DecodingResult Result, byte[] Plain) Undo(ContentCoding coding, ReadOnlyMemory<byte> body, int bytesMax)
    {
        var budget = new BufferBudget(long.MaxValue);
        (DecodingResult Result, byte[] Plain) undone;
        using (var plain = new PooledBuffer(budget))
            undone = (BodyCoder.Undo(coding, body, bytesMax, plain), plain.Written.ToArray());
        BrokenException.Unless(budget.Held == 0, "all memory is given back");
        return undone;
    }

    private static byte[] Redo(ContentCoding coding, ReadOnlySpan<byte> text)
    {
        using var plain = new PooledBuffer(new BufferBudget(long.MaxValue));
        text.CopyTo(plain.GetSpan(text.Length));
        plain.Advance(text.Length);
        using PooledBuffer redone = BodyCoder.Redo(coding, plain);
        return redone.Written.ToArray();
    }

    private static byte[] UndoElsewhere(ContentCoding coding, byte[] body)
    {
        using var input = new MemoryStream(body);
        using Stream stream = coding switch
        {
            ContentCoding.Gzip => new GZipStream(input, CompressionMode.Decompress),
            ContentCoding.Deflate => new ZLibStream(input, CompressionMode.Decompress),
            ContentCoding.Brotli => new BrotliStream(input, CompressionMode.Decompress),
            _ => new DecompressionStream(input),
        };
        using var output = new MemoryStream();
        stream.CopyTo(output);
        return output.ToArray();
    }
}
