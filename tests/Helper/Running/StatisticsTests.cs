using System.Globalization;
using System.Text.Json;
using E3.Relay.Helper.Tests.Statistics;
using E3.Relay.Testing;

namespace E3.Relay.Helper.Tests.Running;

[Collection(nameof(RunningHelper))]
public sealed class StatisticsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string State => _folder.PathOf("s");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Statistics_OfARunningEngine_ReachPrometheusAndTheFileAndNameNoApp()
    {
        string lines = _folder.PathOf("emf.jsonl");
        string address = $"127.0.0.1:{LoopbackPort.Take().ToString(CultureInfo.InvariantCulture)}";
        await using RunningHelper helper = await RunningHelper.StartReadyAsync(State, "--ensure-app", "shop-unmistakable", "--emf", lines, "--prometheus", address, "--statistics-seconds", "1");
        await helper.EncryptAsync("shop-unmistakable", "4111111111111111");
        using var http = new HttpClient();
        string metrics = "";
        for (int i = 0; i < 300 && !metrics.Contains("operation=\"encrypt\",outcome=\"succeeded\"} 1\n", StringComparison.Ordinal); i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100));
            metrics = await http.GetStringAsync(new Uri($"http://{address}/metrics"));
        }

        Assert.Contains("operation=\"encrypt\",outcome=\"succeeded\"} 1\n", metrics, StringComparison.Ordinal);
        foreach (string name in (string[])["e3_relay_engine_ready 1 ", "e3_relay_engine_keys", "e3_relay_engine_sessions", "e3_relay_engine_memory_resident_bytes", "e3_relay_engine_restarts_total 0 "])
            Assert.True(metrics.Contains(name, StringComparison.Ordinal) || metrics.Contains(name.Split(' ')[0] + "{", StringComparison.Ordinal), $"{name}\n{metrics}");
        Assert.DoesNotContain("unmistakable", metrics, StringComparison.Ordinal);
        JsonElement[] written = [.. File.ReadAllLines(lines).Select(static line => EmbeddedMetricsSchema.Check(System.Text.Encoding.UTF8.GetBytes(line)))];
        Assert.Contains(written, static line => line.TryGetProperty("Fields-encrypt", out JsonElement fields) && fields.GetInt32() == 1);
        Assert.DoesNotContain("unmistakable", File.ReadAllText(lines), StringComparison.Ordinal);
        Assert.DoesNotContain("card", File.ReadAllText(lines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--prometheus", "0.0.0.0:9464")]
    [InlineData("--prometheus", "nowhere")]
    [InlineData("--statistics-seconds", "0")]
    public async Task Settings_ThatMakeNoSense_AreRefused(string option, string value) =>
        Assert.Equal((int)ExitCode.Refused, (await RunningHelper.RunAsync(["run", "--state", State, option, value], "Development")).Code);
}
