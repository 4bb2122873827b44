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
        using var buffer = new PooledBuffer(new BufferBudget(long.MaxValue));
        Assert.Equal(fits ? BodyFill.Whole : BodyFill.TooLarge, await buffer.FillAsync(new MemoryStream(source), limit, CancellationToken.None));
        Assert.True(buffer.Length <= limit + 1);
        if (fits)
            Assert.Equal(source, buffer.Written.ToArray());
    }

    [Fact]
    public void Create_WithALargeDeclaredLength_HoldsLittleUntilTheBytesCome()
    {
        var budget = new BufferBudget(1 << 20);
        using var buffer = new PooledBuffer(budget, 1 << 20);
        Assert.InRange(budget.Held, 1, 32 * 1024);
    }

    [Fact]
    public async Task Fill_WhenTheBudgetIsSpent_StopsWhereItIsAndGivesAllBack()
    {
        var budget = new BufferBudget(64 * 1024);
        using (var first = new PooledBuffer(budget))
        using (var second = new PooledBuffer(budget))
        using (var small = new PooledBuffer(budget))
        {
            Assert.Equal(BodyFill.Whole, await first.FillAsync(new MemoryStream(new byte[60_000]), 1 << 20, CancellationToken.None));
            Assert.Equal(BodyFill.NoRoom, await second.FillAsync(new MemoryStream(new byte[60_000]), 1 << 20, CancellationToken.None));
            Assert.Equal(BodyFill.Whole, await small.FillAsync(new MemoryStream(new byte[1000]), 1 << 20, CancellationToken.None));
            Assert.InRange(second.Length, 0, 16 * 1024);
        }

        Assert.Equal(0, budget.Held);
    }

    [Fact]
    public void Dispose_WithPlaintextWritten_ClearsTheMemory()
    {
        var buffer = new PooledBuffer(new BufferBudget(long.MaxValue));
        buffer.Write("4242424242424242"u8);
        ReadOnlyMemory<byte> seen = buffer.Written;
        buffer.Dispose();
        Assert.True(seen.Span.IndexOfAnyExcept((byte)0) < 0);
        buffer.Dispose();
    }

    [Fact]
    public void Growth_WithPlaintextWritten_ClearsTheSmallerMemory()
    {
        using var buffer = new PooledBuffer(new BufferBudget(long.MaxValue));
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
        using var buffer = new PooledBuffer(new BufferBudget(long.MaxValue));
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
        var buffer = new PooledBuffer(new BufferBudget(long.MaxValue));
        buffer.Write("abcdefg"u8);
        await using var stream = new BufferStream(buffer);
        buffer.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await stream.ReadExactlyAsync(new byte[3]));
    }

    [Fact]
    public async Task Copy_WhenHalfOfTheMemoryIsHeld_IsGivenUpAndTheBodyPasses()
    {
        var budget = new BufferBudget(64 * 1024);
        using var applied = new PooledBuffer(budget);
        applied.GetMemory(32 * 1024);
        byte[] body = RandomNumberGenerator.GetBytes(10_000);
        BodyFill? seen = null;
        await using var observed = new ObservedStream(new MemoryStream(body), new PooledBuffer(budget), 1 << 20, budget, (fill, _) => seen = fill);
        using var passed = new MemoryStream();
        await observed.CopyToAsync(passed);
        Assert.Equal(body, passed.ToArray());
        Assert.Equal(BodyFill.NoRoom, seen);
        Assert.False(budget.IsSpent);
    }
}
