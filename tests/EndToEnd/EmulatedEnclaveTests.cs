using System.Diagnostics;
using System.Net;
using System.Text.Json;
using E3.Relay.Testing;

namespace E3.Relay.EndToEnd.Tests;

/// <summary>
/// The whole product with its engine in an emulated Nitro Enclave: image, kernel, security module, AF_VSOCK. It wants an emulator (<c>E3_EMULATOR</c>, a folder) and the published engine
/// (<c>E3_HOST_PROGRAM</c>), so it runs only when it is asked for, by <c>.ci/enclave-e2e</c>.
/// </summary>
public sealed class EmulatedEnclaveTests : IAsyncDisposable
{
    private const string Card = "4242424242424242";
    private const string Machine = "qemu-system-x86";
    private const int RoundTrips = 200;
    private readonly TempFolder _folder = new();
    private readonly RecordingUpstream _upstream = new();

    private string State => _folder.PathOf("s");

    public async ValueTask DisposeAsync()
    {
        await _upstream.DisposeAsync();
        _folder.Dispose();
    }

    [Fact(Explicit = true)]
    public async Task Card_ThroughAnEmulatedEnclave_IsHiddenAndReadBackAlsoAfterTheEnclaveWasKilled()
    {
        await using RelayRun run = await RelayRun.StartAsync(State, _upstream.Port, more: new Dictionary<string, string>
        {
            ["Relay__Enclave__Emulated"] = "true",
            ["Relay__Start__Programs__0__Arguments__6"] = "--emulator",
            ["Relay__Start__Programs__0__Arguments__7"] = Wanted("E3_EMULATOR"),
            ["Relay__Start__Programs__0__Arguments__8"] = "--enclave",
            ["Relay__Start__Programs__0__Arguments__9"] = Wanted("E3_HOST_PROGRAM"),
        });
        Console.WriteLine($"enclave.ready seconds={run.TimeToReady.TotalSeconds:F2}");
        Assert.Contains(run.Proxy.Output.Concat(run.Proxy.Errors), static line => line.Contains("emulated TEE", StringComparison.Ordinal));
        await AssertMeasuredAsDescribedAsync();

        await PostAsync(run, "1");
        Assert.False(_upstream.Saw(Card));
        await ReadBackAsync(run, "1");
        await MeasureAsync(run);

        int machine = Assert.Single(run.Descendants(Machine));
        var watch = Stopwatch.StartNew();
        ProcessTree.Kill(machine);
        await TimeBound.UntilAsync(() => !ProcessTree.IsAlive(machine), "the end of the enclave");
        await TimeBound.UntilAsync(() => run.Descendants(Machine).Count == 1, "the next enclave", TimeSpan.FromSeconds(30));
        await UntilServesAsync(run, watch);
        Console.WriteLine($"enclave.back seconds={watch.Elapsed.TotalSeconds:F2}");
        await ReadBackAsync(run, "1");
        Assert.False(_upstream.Saw(Card));
    }

    private static async Task PostAsync(RelayRun run, string id)
    {
        using HttpResponseMessage posted = await RelayRun.SendAsync(HttpMethod.Post, new Uri(run.Public, $"checkout/{id}"), $"{{\"card\":{{\"number\":\"{Card}\"}}}}");
        Assert.Equal(HttpStatusCode.Created, posted.StatusCode);
        Assert.Equal("1", Assert.Single(posted.Headers.GetValues("E3-Simulated")));
    }

    private static async Task ReadBackAsync(RelayRun run, string id) => Assert.Contains(Card, await RelayRun.Http.GetStringAsync(new Uri(run.Readers, $"checkout/{id}")), StringComparison.Ordinal);

    private static async Task UntilServesAsync(RelayRun run, Stopwatch watch)
    {
        while (true)
        {
            using HttpResponseMessage posted = await RelayRun.SendAsync(HttpMethod.Post, new Uri(run.Public, "checkout/2"), $"{{\"card\":{{\"number\":\"{Card}\"}}}}");
            if (posted.StatusCode == HttpStatusCode.Created)
                return;
            Assert.Equal(HttpStatusCode.ServiceUnavailable, posted.StatusCode);
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(120), "the enclave did not come back");
            await Task.Delay(50);
        }
    }

    private static async Task MeasureAsync(RelayRun run)
    {
        var times = new List<double>();
        for (int i = 0; i < RoundTrips; i++)
        {
            long started = Stopwatch.GetTimestamp();
            await PostAsync(run, "3");
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        times.Sort();
        Console.WriteLine($"enclave.round-trip p50={times[RoundTrips / 2]:F2} ms p99={times[RoundTrips * 99 / 100]:F2} ms");
    }

    // What the helper trusts, and what anybody computes from the image that was booted.
    private async Task AssertMeasuredAsDescribedAsync()
    {
        (_, string output) = await RelayRun.HelperAsync(State, "status", "--json");
        JsonElement status = JsonDocument.Parse(output).RootElement;
        string image = Assert.Single(Directory.GetFiles(State, "*.eif"));
        (int code, output) = await RelayRun.HelperAsync(State, "eif", "describe", image, "--json");
        Assert.Equal(0, code);
        JsonElement described = JsonDocument.Parse(output).RootElement;
        foreach (string register in (string[])["pcr0", "pcr1", "pcr2"])
        {
            Assert.Equal(described.GetProperty(register).GetString(), status.GetProperty(register).GetString());
            Console.WriteLine($"enclave.{register} {described.GetProperty(register).GetString()}");
        }
    }

    private static string Wanted(string variable) => Environment.GetEnvironmentVariable(variable) ?? throw new InvalidOperationException($"{variable} is not set; .ci/enclave-e2e sets it.");
}
