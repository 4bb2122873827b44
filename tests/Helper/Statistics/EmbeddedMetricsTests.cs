using System.Net.Sockets;
using System.Text.Json;
using E3.Relay.Helper.Custody;
using E3.Relay.Helper.Statistics;
using E3.Relay.Testing;

namespace E3.Relay.Helper.Tests.Statistics;

public sealed class EmbeddedMetricsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Line_OfAServingEngine_KeepsToTheFormat()
    {
        EngineReading before = EngineReadingTests.Reading(5, 10, [0, 5, 3]), now = EngineReadingTests.Reading(10, 110, [0, 104, 4]);
        JsonElement line = EmbeddedMetricsSchema.Check(Write(EngineCondition.Ready, now, EngineInterval.Between(before, now)));
        Assert.Equal("ab12", line.GetProperty("Fleet").GetString());
        Assert.Equal((1, 50, 100, 100), (Number("Ready"), Number("ProcessorUse"), Number("Calls"), Number("Fields-encrypt")));
        Assert.Equal(2, Number("CallDuration99"));
        Assert.False(line.TryGetProperty("Fields-decrypt", out _));

        int Number(string name) => line.GetProperty(name).GetInt32();
    }

    [Fact]
    public void Line_WithoutAnEngine_SaysThatThereIsNone()
    {
        JsonElement line = EmbeddedMetricsSchema.Check(Write(EngineCondition.Restarting, null, null));
        Assert.Equal(0, line.GetProperty("Ready").GetInt32());
        Assert.False(line.TryGetProperty("Sessions", out _));
    }

    [Fact]
    public async Task Lines_ToASocketThatComesLater_ArriveFromThenOn()
    {
        string path = _folder.PathOf("emf.sock");
        await using var sink = new LineSink($"unix:{path}");
        await sink.WriteAsync("lost"u8.ToArray(), CancellationToken.None);
        Assert.Equal(1, sink.Dropped);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        await sink.WriteAsync("there"u8.ToArray(), CancellationToken.None);
        using Socket peer = await listener.AcceptAsync();
        byte[] received = new byte[16];
        Assert.Equal("there\n"u8.ToArray(), received[..await peer.ReceiveAsync(received)]);
    }

    [Fact]
    public async Task Lines_ToAFile_AreAppended()
    {
        string path = _folder.PathOf("emf.jsonl");
        for (int i = 0; i < 2; i++)
        {
            await using var sink = new LineSink(path);
            await sink.WriteAsync("line"u8.ToArray(), CancellationToken.None);
        }

        Assert.Equal("line\nline\n", File.ReadAllText(path));
    }

    private static byte[] Write(EngineCondition condition, EngineReading? reading, EngineInterval? interval) =>
        new EmbeddedMetrics("ab12").Write(new(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000), new(condition, "", 42, 1, 2), reading, interval));
}
