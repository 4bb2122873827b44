using E3.Relay.Enclave.Protocol;
using E3.Relay.Helper.Statistics;
using MessagePack;

namespace E3.Relay.Helper.Tests.Statistics;

public sealed class EngineReadingTests
{
    [Fact]
    public void Answer_OfTheSpecifiedForm_IsRead()
    {
        Assert.True(Wire.TryRead(Answer(), EngineReading.Read, out EngineReading reading));
        Assert.Equal((TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1), 1L << 33, 7), (reading.Uptime, reading.ProcessorTime, reading.ResidentBytes, reading.Keys));
        Assert.Equal([new(TransformOperation.Encrypt, 10, 2), new(TransformOperation.Decrypt, 3, 0)], reading.Operations);
        Assert.Equal([0L, 5, 3], reading.Latency);
    }

    [Theory]
    [InlineData(9, 1)]
    [InlineData(11, 1)]
    [InlineData(10, -1)]
    [InlineData(10, 1L << 40)]
    public void Answer_OfAnotherForm_IsRefused(int fields, long sessions) => Assert.False(Wire.TryRead(Answer(fields, sessions), EngineReading.Read, out _));

    [Fact]
    public void Answer_CutAnywhere_IsRefused()
    {
        byte[] answer = Answer();
        for (int length = 0; length < answer.Length; length++)
            Assert.False(Wire.TryRead(answer.AsMemory(0, length), EngineReading.Read, out _));
    }

    [Fact]
    public void Interval_OfOneEngine_IsTheDifference()
    {
        EngineReading before = Reading(seconds: 5, encrypted: 10, [0, 5, 3]);
        EngineReading now = Reading(seconds: 10, encrypted: 110, [0, 104, 4]);
        var interval = EngineInterval.Between(before, now);
        Assert.Equal((TimeSpan.FromSeconds(5), 100, 0, 100), (interval.Length, interval.Succeeded, interval.Failed, interval.Calls));
        Assert.Equal(0.5, interval.Processors, 3);
        Assert.Equal(TimeSpan.FromMicroseconds(2), interval.Quantile(0.5));
        Assert.Equal(TimeSpan.FromMicroseconds(2), interval.Quantile(0.99));
        Assert.Equal(TimeSpan.FromMicroseconds(4), interval.Quantile(0.999));
    }

    [Fact]
    public void Interval_AfterAnotherEngine_IsAllThatThisOneDid()
    {
        var interval = EngineInterval.Between(Reading(seconds: 500, encrypted: 1000, [0, 999, 1]), Reading(seconds: 2, encrypted: 4, [1, 1, 0]));
        Assert.Equal((4, 2), (interval.Succeeded, interval.Calls));
    }

    [Fact]
    public void Interval_WithoutCalls_HasNoQuantile() => Assert.Null(EngineInterval.Between(null, Reading(1, 0, [0, 0])).Quantile(0.5));

    internal static EngineReading Reading(int seconds, long encrypted, long[] latency) => new()
    {
        Uptime = TimeSpan.FromSeconds(seconds),
        ProcessorTime = TimeSpan.FromSeconds(seconds / 2.0),
        ResidentBytes = 100 << 20,
        ManagedBytes = 20 << 20,
        OpenDescriptors = 40,
        Sessions = 3,
        CallsAtWork = 1,
        Keys = 6,
        Operations = [new(TransformOperation.Encrypt, encrypted, 0), new(TransformOperation.Decrypt, 0, 0)],
        Latency = latency,
    };

    private static byte[] Answer(int fields = 10, long sessions = 2) => Wire.Write((ref MessagePackWriter writer) =>
    {
        writer.WriteArrayHeader(fields);
        foreach (long number in (long[])[5000, 1000, 1L << 33, 1 << 20, 40, sessions, 1, 7])
            writer.Write(number);
        writer.WriteArrayHeader(2);
        foreach (long[] operation in (long[][])[[1, 10, 2], [5, 3, 0]])
        {
            writer.WriteArrayHeader(3);
            foreach (long number in operation)
                writer.Write(number);
        }

        writer.WriteArrayHeader(3);
        foreach (long count in (long[])[0, 5, 3])
            writer.Write(count);
        for (int i = 10; i < fields; i++)
            writer.Write(0);
    });
}
