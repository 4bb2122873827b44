using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using E3.Relay.Proxy.Codings;
using E3.Relay.Proxy.Pipeline;
using E3.Relay.Proxy.Tests.Hosting;

namespace E3.Relay.Proxy.Tests;

public sealed class BodyCoderTests
{
    private static readonly string[] Codings = ["gzip", "deflate", "br", "zstd"];

    public static TheoryData<string> Each => [.. Codings];

    /// <summary>Both kinds of blocks, and one input larger than the buffers of any stream.</summary>
    public static TheoryData<string, int> EachWithSizes => [.. Codings.SelectMany(coding => new[] { 0, 1, 300, 100_000 }.Select(size => (coding, size)))];

    private static byte[] Text(int size) => Encoding.ASCII.GetBytes(Convert.ToHexString(RandomNumberGenerator.GetBytes((size + 1) / 2))[..size]);

    [Theory]
    [MemberData(nameof(EachWithSizes))]
    public void Undo_OfAWholeBody_GivesItsBytes(string coding, int size)
    {
        byte[] text = Text(size);
        (DecodingResult result, byte[] plain) = Compressed.Decode(coding, Compressed.Make(coding, text));
        Assert.Equal(DecodingResult.Whole, result);
        Assert.Equal(text, plain);
    }

    /// <summary>The end of the data must be found as well where a buffer of any stream on the way is just full.</summary>
    [Theory]
    [MemberData(nameof(Each))]
    public void Undo_OfABodyThatJustFillsABuffer_FindsItsEnd(string coding)
    {
        foreach (int size in new[] { 4096, 8192, 16384, 32768 }.SelectMany(full => Enumerable.Range(full - 24, 28)))
        {
            foreach (byte[] plain in (byte[][])[new byte[size], Text(size), RandomNumberGenerator.GetBytes(size)])
            {
                byte[] body = Compressed.Make(coding, plain);
                (DecodingResult result, byte[] again) = Compressed.Decode(coding, body);
                Assert.True(result == DecodingResult.Whole && again.AsSpan().SequenceEqual(plain), $"{size} bytes: {result}");
                Assert.Equal(DecodingResult.Malformed, Compressed.Decode(coding, (byte[])[.. body, 0]).Result);
                Assert.Equal(DecodingResult.Malformed, Compressed.Decode(coding, body.AsMemory(0, body.Length - 1)).Result);
            }
        }
    }

    [Fact]
    public void Redo_OfAnyBody_IsReadByOthersAndByUndo() =>
        Gen.Select(Gen.Byte.Array[0, 5000], Gen.Int[0, 3]).Sample(static (bytes, number) =>
        {
            string coding = Codings[number];
            using var plain = new PooledBuffer(new BufferBudget(long.MaxValue));
            bytes.CopyTo(plain.GetMemory(bytes.Length));
            plain.Advance(bytes.Length);
            using PooledBuffer redone = BodyCoder.Redo(CodingNames.Read(coding)!.Value, plain);
            (DecodingResult result, byte[] again) = Compressed.Decode(coding, redone.Written);
            return result == DecodingResult.Whole && again.AsSpan().SequenceEqual(bytes) && Compressed.UndoBytes(coding, redone.Written.ToArray()).AsSpan().SequenceEqual(bytes);
        });

    [Theory]
    [MemberData(nameof(EachWithSizes))]
    public void Undo_OfABodyThatIsCut_IsMalformedWhereverTheCut(string coding, int size)
    {
        byte[] body = Compressed.Make(coding, Text(size));
        int step = Math.Max(1, body.Length / 500);
        for (int length = body.Length - 1; length >= 0; length -= length > body.Length - 20 ? 1 : step)
            Assert.Equal((length, DecodingResult.Malformed), (length, Compressed.Decode(coding, body.AsMemory(0, length)).Result));
    }

    [Theory]
    [MemberData(nameof(EachWithSizes))]
    public void Undo_OfABodyWithBytesAfterItsEnd_IsMalformed(string coding, int size)
    {
        byte[] body = Compressed.Make(coding, Text(size));
        byte[][] tails = [[0], [10], new byte[8], new byte[20_000], body, [.. "&card_number=4242"u8], body[^Math.Min(8, body.Length)..], [0x50, 0x2A, 0x4D, 0x18, 0, 0, 0, 0]];
        Assert.All(tails, tail => Assert.Equal(DecodingResult.Malformed, Compressed.Decode(coding, (byte[])[.. body, .. tail]).Result));
        Assert.All(tails, tail => Assert.Equal(DecodingResult.Malformed, Compressed.Decode(coding, (byte[])[.. tail, .. body]).Result));
    }

    [Fact]
    public void Undo_OfGzipWithAnotherTextBeforeItsTrailer_IsMalformed()
    {
        byte[] body = Compressed.Make("gzip", "4242");
        Assert.Equal(DecodingResult.Malformed, Compressed.Decode("gzip", (byte[])[.. body, .. "hidden"u8, .. body[^8..]]).Result);
    }

    // The same text each time: the sum of zlib (Adler-32) tells some short texts from others only by luck (RFC 3309).
    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public void Undo_OfAChangedBody_NeverGivesAnotherText(string coding)
    {
        byte[] text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 3).Select(static i => Convert.ToHexString(SHA512.HashData([(byte)i])))));
        byte[] body = Compressed.Make(coding, text);
        for (int i = 0; i < body.Length * 8; i++)
        {
            byte[] changed = [.. body];
            changed[i / 8] ^= (byte)(1 << (i % 8));
            (DecodingResult result, byte[] plain) = Compressed.Decode(coding, changed);
            Assert.True(result == DecodingResult.Malformed || plain.AsSpan().SequenceEqual(text), $"bit {i}");
        }
    }

    [Fact]
    public void Undo_OfAnything_NeverThrows() =>
        Gen.Select(Gen.Byte.Array[0, 300], Gen.Int[0, 3], Gen.Int[0, 40]).Sample(static (bytes, number, kept) =>
        {
            string coding = Codings[number];
            byte[] begun = Compressed.Make(coding, "{\"card\":\"4242424242424242\"}");
            Compressed.Decode(coding, bytes);
            Compressed.Decode(coding, (byte[])[.. begun.Take(kept), .. bytes], 1000);
        });

    [Theory]
    [MemberData(nameof(Each))]
    public void Undo_OfABomb_StopsAtTheLimitOrTheRatio(string coding)
    {
        byte[] bomb = Compressed.Make(coding, new byte[5_000_000]);
        (DecodingResult expands, byte[] plain) = Compressed.Decode(coding, bomb, 1 << 30);
        (DecodingResult large, byte[] cut) = Compressed.Decode(coding, Compressed.Make(coding, Text(200_000)), 100_000);
        Assert.Equal((DecodingResult.Expands, DecodingResult.TooLarge), (expands, large));
        Assert.InRange(plain.Length, 1, Math.Max(64 * 1024, 100 * bomb.Length) + 1);
        Assert.Equal(100_001, cut.Length);
    }

    [Theory]
    [MemberData(nameof(Each))]
    public void Undo_OfASmallBodyThatExpands_IsAllowed(string coding)
    {
        byte[] body = Compressed.Make(coding, new byte[64 * 1024]);
        Assert.Equal(DecodingResult.Whole, Compressed.Decode(coding, body).Result);
        Assert.Equal(DecodingResult.Expands, Compressed.Decode(coding, Compressed.Make(coding, new byte[(64 * 1024) + 1])).Result);
    }

    [Theory]
    [MemberData(nameof(Each))]
    public void Undo_WhenTheBudgetIsSpent_StopsAndGivesAllBack(string coding)
    {
        var budget = new BufferBudget(16 * 1024);
        Assert.Equal(DecodingResult.NoRoom, Compressed.Decode(coding, Compressed.Make(coding, Text(100_000)), budget: budget).Result);
        Assert.Equal(0, budget.Held);
    }

    [Theory]
    [MemberData(nameof(Each))]
    public void Undo_IntoACopyWhenHalfOfTheBudgetIsHeld_StopsThere(string coding)
    {
        const int Held = (32 << 20) - (40 << 10);
        var budget = new BufferBudget(64 << 20);
        budget.Count(Held);
        byte[] body = Compressed.Make(coding, Text(100_000));
        using (var plain = new PooledBuffer(budget, isCopy: true))
            Assert.Equal(DecodingResult.NoRoom, BodyCoder.Undo(CodingNames.Read(coding)!.Value, body, 1 << 20, plain));
        Assert.Equal(DecodingResult.Whole, Compressed.Decode(coding, body, budget: budget).Result);
        Assert.Equal(Held, budget.Held);
    }

    [Theory]
    [InlineData("gzip", true)]
    [InlineData("deflate", true)]
    [InlineData("br", false)]
    [InlineData("zstd", false)]
    public void Undo_CountsTheWindowThatABodyAsksFor(string coding, bool hasRoom)
    {
        var budget = new BufferBudget(1 << 20);
        Assert.Equal(hasRoom ? DecodingResult.Whole : DecodingResult.NoRoom, Compressed.Decode(coding, Compressed.Make(coding, Text(100_000)), budget: budget).Result);
        Assert.Equal(0, budget.Held);
    }

    [Fact]
    public void Undo_OfZlibThatIsAnotherTextAsBareDeflateData_IsMalformed()
    {
        // A stored block whose length is also the complement of the bytes before it, as bare data wants it of the block that it sees there.
        byte[] text = [.. Enumerable.Repeat((byte)'a', 0xFEFE)];
        uint low = 1, high = 0;
        foreach (byte letter in text)
        {
            low = (low + letter) % 65521;
            high = (high + low) % 65521;
        }

        byte[] body = [0x78, 1, 1, 0xFE, 0xFE, 1, 1, .. text, (byte)(high >> 8), (byte)(high & 0xFF), (byte)(low >> 8), (byte)(low & 0xFF)];
        Assert.Equal(text, Compressed.UndoBytes("deflate", body));
        using var bare = new DeflateStream(new MemoryStream(body), CompressionMode.Decompress);
        var other = new byte[10];
        Assert.Equal(10, bare.ReadAtLeast(other, 10));
        Assert.Equal([1, 1, .. text.AsSpan(0, 8)], other);
        Assert.Equal(DecodingResult.Malformed, Compressed.Decode("deflate", body).Result);
    }

    [Fact]
    public void Undo_OfBareDeflateData_IsMalformed()
    {
        using var output = new MemoryStream();
        using (var stream = new DeflateStream(output, CompressionLevel.Fastest, leaveOpen: true))
            stream.Write("{\"card\":1}"u8);
        Assert.Equal(DecodingResult.Malformed, Compressed.Decode("deflate", output.ToArray()).Result);
    }

    // A frame by hand: no length, the window in question, one raw block.
    [Theory]
    [InlineData(13, true)]
    [InlineData(14, false)]
    [InlineData(21, false)]
    public void Undo_OfZstandardWithALargeWindow_IsMalformed(int exponent, bool isRead)
    {
        byte[] frame = [0x28, 0xB5, 0x2F, 0xFD, 0, (byte)(exponent << 3), (2 << 3) | 1, 0, 0, (byte)'{', (byte)'}'];
        Assert.Equal(isRead ? DecodingResult.Whole : DecodingResult.Malformed, Compressed.Decode("zstd", frame).Result);
    }

    // A frame by hand: a length that is not true, and no text in one empty block.
    [Theory]
    [InlineData(new byte[] { 0x28, 0xB5, 0x2F, 0xFD, 0x40, 0x58, 0x11, 0x78, 1, 0, 0 }, false)]
    [InlineData(new byte[] { 0x28, 0xB5, 0x2F, 0xFD, 0x80, 0x58, 1, 0, 0, 0, 1, 0, 0 }, false)]
    [InlineData(new byte[] { 0x28, 0xB5, 0x2F, 0xFD, 0x80, 0x58, 0, 0, 0, 0, 1, 0, 0 }, true)]
    [InlineData(new byte[] { 0x28, 0xB5, 0x2F, 0xFD, 0x20, 1, 1, 0, 0 }, false)]
    [InlineData(new byte[] { 0x28, 0xB5, 0x2F, 0xFD, 0x20, 1, 9, 0, 0, 0x41 }, true)]
    [InlineData(new byte[] { 0x28, 0xB5, 0x2F, 0xFD, 0xC0, 0x58, 1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0x41 }, true)]
    [InlineData(new byte[] { 0x28, 0xB5, 0x2F, 0xFD, 0xC0, 0x58, 1, 0, 0, 0, 0, 0, 0, 1, 8, 0, 0, 0x41, 1, 0, 0 }, false)]
    public void Undo_OfZstandardThatIsNotAsLongAsItSays_IsMalformed(byte[] frame, bool isRead) =>
        Assert.Equal(isRead ? DecodingResult.Whole : DecodingResult.Malformed, Compressed.Decode("zstd", frame).Result);

    [Theory]
    [MemberData(nameof(Each))]
    public void Redo_OfNothing_IsNothingInTheCoding(string coding)
    {
        using var nothing = new PooledBuffer(new BufferBudget(long.MaxValue));
        using PooledBuffer redone = BodyCoder.Redo(CodingNames.Read(coding)!.Value, nothing);
        Assert.NotEqual(0, redone.Length);
        Assert.Equal(DecodingResult.Whole, Compressed.Decode(coding, redone.Written).Result);
        Assert.Empty(Compressed.UndoBytes(coding, redone.Written.ToArray()));
    }

    [Fact]
    public void Undo_OfGzipWithAllHeaderFields_ReadsThem()
    {
        byte[] body = Compressed.Make("gzip", "4242");
        byte[] named = [0x1F, 0x8B, 8, 4 + 8 + 16, 0, 0, 0, 0, 0, 3, 2, 0, 65, 66, .. "a.json\0"u8, .. "note\0"u8, .. body[10..]];
        Assert.Equal("4242", Encoding.ASCII.GetString(Compressed.Decode("gzip", named).Plain));
        Assert.Equal(DecodingResult.Whole, Compressed.Decode("gzip", named).Result);
        for (int length = 0; length < 26; length++)
            Assert.Equal(DecodingResult.Malformed, Compressed.Decode("gzip", named.AsMemory(0, length)).Result);
        named[3] |= 2;
        Assert.Equal(DecodingResult.Malformed, Compressed.Decode("gzip", named).Result);
    }

    [Theory]
    [InlineData(null, "identity")]
    [InlineData("", "identity")]
    [InlineData("gzip, br", "gzip, br")]
    [InlineData("gzip, deflate, br, zstd", "gzip, deflate, br, zstd")]
    [InlineData("br;q=1.0, compress, gzip;q=0.8, *;q=0.1", "br;q=1.0, gzip;q=0.8")]
    [InlineData("dcb, dcz", "identity")]
    [InlineData("gzip;q=0, identity;q=0.5", "gzip;q=0, identity;q=0.5")]
    [InlineData("identity", "identity")]
    [InlineData("*", "identity")]
    [InlineData("gzip;level=9, br;q=2, zstd;q=-1, deflate;q=x", "identity")]
    [InlineData("GZIP ; Q=0.5", "GZIP ; Q=0.5")]
    public void Intersect_OfWhatAClientAccepts_IsWhatCanBeUndone(string? accepted, string asked) =>
        Assert.Equal(asked, CodingNames.Intersect(accepted));
}
