using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using CsCheck;
using E3.Relay.Enclave.Protocol.Framing;
using MessagePack;

namespace E3.Relay.Enclave.Protocol.Tests.Framing;

public sealed class FrameBufferTests
{
    private const int SendBytesMax = 16 * 1024;

    // Random for each test: new memory is not cleared, and may still hold what an earlier test left on the heap.
    private readonly byte[] _mark = RandomNumberGenerator.GetBytes(8);

    [Fact]
    public void LargeMemory_GivenBack_CarriesNothingToItsNextUser()
    {
        const int Large = 400 * 1024;
        using (var first = new FrameBuffer())
        {
            first.GetSpan(Large)[..Large].Fill(0xAA);
            first.Advance(Large);
        }

        using var second = new FrameBuffer();
        Assert.Equal(-1, second.GetSpan(Large).IndexOf((byte)0xAA));
        second.Clear();
        Assert.True(second.GetMemory(1).Length <= 256 * 1024);
    }

    [Fact]
    public void Start_LeavesRoomOfZerosForTheHeader()
    {
        using var buffer = Holding(100);
        buffer.Start(12);
        Assert.Equal(new byte[12], buffer.Frame.ToArray());
    }

    [Theory]
    [InlineData(8)]
    [InlineData(4092)]
    [InlineData(4093)]
    [InlineData(100_000)]
    public void Clear_ZeroesAndEmpties(int bytes)
    {
        using FrameBuffer buffer = Holding(bytes);
        byte[] memory = Memory(buffer);
        buffer.Clear();
        Assert.Equal(0, buffer.Frame.Length);
        Assert.Equal(0, Marks(memory));
    }

    [Fact]
    public void Dispose_Zeroes()
    {
        FrameBuffer buffer = Holding(1000);
        byte[] memory = Memory(buffer);
        buffer.Dispose();
        Assert.Equal(0, Marks(memory));
    }

    [Fact]
    public void Growth_KeepsTheFrameAndZeroesTheOldMemory()
    {
        using FrameBuffer buffer = Holding(4000);
        byte[] before = Memory(buffer);
        buffer.Write(Filled(4000));
        Assert.NotSame(before, Memory(buffer));
        Assert.Equal(0, Marks(before));
        Assert.Equal(Filled(8000), buffer.Frame.ToArray());
    }

    [Fact]
    public void Growth_ZeroesWhatWasWrittenButNotYetAdvanced()
    {
        using FrameBuffer buffer = Holding(100);
        byte[] before = Memory(buffer);
        Filled(1000).CopyTo(buffer.GetSpan(1000));
        buffer.GetSpan(100_000);
        Assert.Equal(0, Marks(before));
    }

    [Fact]
    public void Truncate_CutsAndZeroesTheRest()
    {
        using FrameBuffer buffer = Holding(1000);
        buffer.Truncate(16);
        Assert.Equal(Filled(16), buffer.Frame.ToArray());
        Assert.Equal(2, Marks(Memory(buffer)));
    }

    [Fact]
    public void Clear_AfterAWriterThatWasGivenUp_ZeroesWhatItWrote()
    {
        using var buffer = new FrameBuffer();
        buffer.Start(12);
        var writer = new MessagePackWriter(buffer);
        writer.Write(Filled(200));
        byte[] memory = Memory(buffer);
        Assert.NotEqual(0, Marks(memory));
        buffer.Clear();
        Assert.Equal(0, Marks(memory));
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(10_000)]
    public async Task Clear_AfterAFrameThatBrokeOff_ZeroesWhatHadArrived(int announced)
    {
        using var buffer = new FrameBuffer();
        await Assert.ThrowsAsync<EndOfStreamException>(async () => await buffer.ReadFrameAsync(new SlowStream(Filled(announced - 1), 300), announced, CancellationToken.None));
        byte[] memory = Memory(buffer);
        Assert.NotEqual(0, Marks(memory));
        buffer.Clear();
        Assert.Equal(0, Marks(memory));
    }

    [Fact]
    public async Task WriteToAsync_OfALargeFrame_SendsAtMost16KiBAtATime()
    {
        using FrameBuffer buffer = Holding(100_000);
        var stream = new SlowStream([], 1);
        await buffer.WriteToAsync(stream, CancellationToken.None);
        Assert.All(stream.Writes, size => Assert.InRange(size, 1, SendBytesMax));
        Assert.Equal((100_004 + SendBytesMax - 1) / SendBytesMax, stream.Writes.Count);
        Assert.Equal(1, stream.Flushes);
        Assert.Equal([0, 1, 0x86, 0xA0, .. Filled(100_000)], stream.Written);
    }

    [Fact]
    public async Task WriteToAsync_OfAnEmptyFrame_SendsThePrefix()
    {
        using var buffer = new FrameBuffer();
        var stream = new SlowStream([], 1);
        await buffer.WriteToAsync(stream, CancellationToken.None);
        Assert.Equal(new byte[4], stream.Written);
    }

    [Fact]
    public async Task WaitForFrameAsync_AtTheOrderlyEnd_IsFalse()
    {
        using var buffer = new FrameBuffer();
        Assert.False(await buffer.WaitForFrameAsync(new SlowStream([], 1), CancellationToken.None));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task ReadLengthAsync_OfACutPrefix_Throws(int bytes)
    {
        using var buffer = new FrameBuffer();
        await Assert.ThrowsAsync<EndOfStreamException>(async () => await buffer.ReadLengthAsync(new SlowStream(new byte[bytes], 1), CancellationToken.None));
    }

    [Fact]
    public async Task ReadLengthAsync_OfTheLargestPrefix_SetsNothingAside()
    {
        using var buffer = new FrameBuffer();
        int before = Memory(buffer).Length;
        Assert.Equal(uint.MaxValue, await buffer.ReadLengthAsync(new SlowStream([0xFF, 0xFF, 0xFF, 0xFF], 4), CancellationToken.None));
        Assert.Equal(before, Memory(buffer).Length);
    }

    [Fact]
    public async Task ReadFrameAsync_AfterALargerFrame_HoldsTheSecondAlone()
    {
        byte[] second = [1, 2, 3];
        using FrameBuffer buffer = Holding(50_000);
        var prefix = new SlowStream([0, 0, 0, 3], 1);
        Assert.True(await buffer.WaitForFrameAsync(prefix, CancellationToken.None));
        uint length = await buffer.ReadLengthAsync(prefix, CancellationToken.None);
        await buffer.ReadFrameAsync(new SlowStream(second, 1), (int)length, CancellationToken.None);
        Assert.Equal(second, buffer.Frame.ToArray());
        Assert.Equal(0, Marks(Memory(buffer)));
    }

    [Fact]
    public Task Frames_WrittenAndReadInPieces_AreTheSame() =>
        Gen.Select(Gen.Byte.Array[0, 20_000], Gen.Int[1, 5000]).SampleAsync(
            async (frame, bytesPerRead) =>
            {
                using var sender = new FrameBuffer();
                using var receiver = new FrameBuffer();
                sender.Write(frame);
                var sent = new SlowStream([], 1);
                await sender.WriteToAsync(sent, CancellationToken.None);
                var received = new SlowStream(sent.Written, bytesPerRead);
                Assert.True(await receiver.WaitForFrameAsync(received, CancellationToken.None));
                uint length = await receiver.ReadLengthAsync(received, CancellationToken.None);
                await receiver.ReadFrameAsync(received, (int)length, CancellationToken.None);
                Assert.Equal(frame, receiver.Frame.ToArray());
                Assert.False(await receiver.WaitForFrameAsync(received, CancellationToken.None));
            },
            iter: 100,
            threads: 1);

    private FrameBuffer Holding(int bytes)
    {
        var buffer = new FrameBuffer();
        buffer.Write(Filled(bytes));
        return buffer;
    }

    private byte[] Filled(int bytes) => [.. Enumerable.Range(0, bytes).Select(index => _mark[index % _mark.Length])];

    private int Marks(byte[] memory) => memory.AsSpan().Count(_mark);

    // All the memory behind a frame, what lies beyond its end included.
    private static byte[] Memory(FrameBuffer buffer)
    {
        Assert.True(MemoryMarshal.TryGetArray(buffer.Frame, out ArraySegment<byte> segment));
        return segment.Array!;
    }
}
