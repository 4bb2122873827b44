using System.Buffers;
using System.Security.Cryptography;
using E3.Relay.Proxy.Pipeline;

namespace E3.Relay.Proxy.Tests;

public sealed class BufferTests
{
    [Theory]
    [InlineData(0, 10, true)]
    [InlineData(10, 10, true)]
    [InlineData(11, 10, false)]
    [InlineData(100_000, 100_000, true)]
    [InlineData(100_001, 100_000, false)]
    public async Task Fill_UpToTheLimit_SaysWhetherThereIsMore(int size, int limit, bool fits)
    {
        byte[] source = RandomNumberGenerator.GetBytes(size);
        using var buffer = new PooledBuffer();
        Assert.Equal(fits, await buffer.TryFillAsync(new MemoryStream(source), limit, CancellationToken.None));
        Assert.True(buffer.Length <= limit + 1);
        if (fits)
            Assert.Equal(source, buffer.Written.ToArray());
    }

    [Fact]
    public void Dispose_WithPlaintextWritten_ClearsTheMemory()
    {
        var buffer = new PooledBuffer();
        buffer.Write("4242424242424242"u8);
        ReadOnlyMemory<byte> seen = buffer.Written;
        buffer.Dispose();
        Assert.True(seen.Span.IndexOfAnyExcept((byte)0) < 0);
        buffer.Dispose();
    }

    [Fact]
    public void Growth_WithPlaintextWritten_ClearsTheSmallerMemory()
    {
        using var buffer = new PooledBuffer();
        buffer.Write("4242424242424242"u8);
        ReadOnlyMemory<byte> seen = buffer.Written;
        buffer.Write(new byte[100_000]);
        Assert.True(seen.Span.IndexOfAnyExcept((byte)0) < 0);
        Assert.Equal(100_016, buffer.Length);
        Assert.Equal("4242"u8.ToArray(), buffer.Written[..4].ToArray());
    }

    [Fact]
    public async Task Stream_ReadInPieces_GivesTheBodyOnceAndEnds()
    {
        using var buffer = new PooledBuffer();
        buffer.Write("abcdefg"u8);
        await using var stream = new BufferStream(buffer);
        byte[] piece = new byte[3];
        var text = new MemoryStream();
        for (int read = await stream.ReadAsync(piece); read > 0; read = await stream.ReadAsync(piece))
            text.Write(piece, 0, read);
        Assert.Equal("abcdefg"u8.ToArray(), text.ToArray());
    }

    [Fact]
    public async Task Stream_AfterItsBufferIsGone_NeverReadsOthersMemory()
    {
        var buffer = new PooledBuffer();
        buffer.Write("abcdefg"u8);
        await using var stream = new BufferStream(buffer);
        buffer.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await stream.ReadExactlyAsync(new byte[3]));
    }
}
