using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using E3.Relay.Testing;

namespace E3.Relay.EndToEnd.Tests;

/// <summary>Restarts and violent ends.</summary>
public sealed class LifeTests : IAsyncDisposable
{
    private const string SecretPrefix = "42424242";

    private readonly TempFolder _folder = new();
    private readonly RecordingUpstream _upstream = new();

    private string State => _folder.PathOf("s");

    public async ValueTask DisposeAsync()
    {
        await _upstream.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Token_MadeBeforeARestart_StillDecrypts()
    {
        const string Body = "{\"card\":{\"number\":\"4242424242424242\"}}";
        await using (RelayRun first = await RelayRun.StartAsync(State, _upstream.Port))
        {
            using HttpResponseMessage posted = await RelayRun.SendAsync(HttpMethod.Post, new Uri(first.Public, "checkout/1"), Body);
            Assert.Equal(HttpStatusCode.Created, posted.StatusCode);
            await first.StopAsync();
        }

        await using RelayRun second = await RelayRun.StartAsync(State, _upstream.Port);
        Assert.Equal(Body, await RelayRun.Http.GetStringAsync(new Uri(second.Readers, "checkout/1")));
        TestContext.Current.SendDiagnosticMessage("later start to ready: {0:F2} s", second.TimeToReady.TotalSeconds);
    }

    [Fact]
    public async Task Enclave_KilledUnderLoad_LeaksNothingAndComesBack()
    {
        await using RelayRun run = await RelayRun.StartAsync(State, _upstream.Port);
        var statuses = new ConcurrentDictionary<int, int>();
        var faults = new ConcurrentQueue<string>();
        long lastSuccess = Stopwatch.GetTimestamp();
        TimeSpan longestGap = TimeSpan.Zero;
        using var stop = new CancellationTokenSource();
        Task[] clients = [.. Enumerable.Range(0, 4).Select(client => Task.Run(async () =>
        {
            for (int i = 0; !stop.IsCancellationRequested; i++)
            {
                string number = $"{SecretPrefix}{client:D2}{i:D6}";
                using HttpResponseMessage response = await RelayRun.SendAsync(HttpMethod.Post, new Uri(run.Public, $"checkout/{client}"), $"{{\"card\":{{\"number\":\"{number}\"}}}}");
                statuses.AddOrUpdate((int)response.StatusCode, 1, static (_, count) => count + 1);
                if (response.StatusCode == HttpStatusCode.Created)
                {
                    lock (statuses)
                    {
                        TimeSpan gap = Stopwatch.GetElapsedTime(lastSuccess);
                        longestGap = gap > longestGap ? gap : longestGap;
                        lastSuccess = Stopwatch.GetTimestamp();
                    }
                }
                else if (response.StatusCode != HttpStatusCode.ServiceUnavailable || response.Headers.RetryAfter is null)
                {
                    faults.Enqueue($"{(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
                }
            }
        }))];
        for (int kill = 0; kill < 3; kill++)
        {
            await Task.Delay(TimeSpan.FromSeconds(1));
            int enclave = await run.EnclaveIdAsync();
            int before = statuses.GetValueOrDefault(201);
            ProcessTree.Kill(enclave);
            await TimeBound.UntilAsync(() => statuses.GetValueOrDefault(201) > before + 20 && !ProcessTree.IsAlive(enclave), "service after the kill", TimeSpan.FromSeconds(15));
        }

        await stop.CancelAsync();
        await Task.WhenAll(clients);
        TestContext.Current.SendDiagnosticMessage(
            "kill under load: {0}; longest time without a success {1:F2} s", string.Join(", ", statuses.Select(static pair => $"{pair.Key}: {pair.Value}")), longestGap.TotalSeconds);
        Assert.Empty(faults);

        // Requests wait a while for the next engine; those for which that is too long get 503.
        Assert.True(longestGap > TimeSpan.FromMilliseconds(50), "no request met the dead engine, so the kills were not under load");
        Assert.False(_upstream.Saw(SecretPrefix));
        Assert.True(_upstream.Requests.Count >= statuses[201]);
    }

    [Fact]
    public async Task Proxy_KilledHard_LeavesNoOrphan()
    {
        await using RelayRun run = await RelayRun.StartAsync(State);
        IReadOnlyList<int> children = run.Descendants();
        Assert.True(children.Count >= 3, "helper, engine and sample were expected");
        ProcessTree.Kill(run.Proxy.Id);
        await TimeBound.UntilAsync(() => !children.Any(ProcessTree.IsAlive), "the end of the children", TimeSpan.FromSeconds(10));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(15)]
    public async Task Proxy_AskedToEnd_EndsAllOfThem(int signal)
    {
        await using RelayRun run = await RelayRun.StartAsync(State);
        Assert.Equal(0, await run.StopAsync(signal));
    }

    [Fact]
    public async Task CtrlC_ReachingTheWholeGroup_EndsAllWithoutARestart()
    {
        await using RelayRun run = await RelayRun.StartAsync(State);
        IReadOnlyList<int> children = run.Descendants();
        foreach (int child in children)
            ProcessTree.Interrupt(child);
        Assert.Equal(0, await run.StopAsync(2));
        Assert.DoesNotContain(run.Proxy.Output.Concat(run.Proxy.Errors), static line => line.Contains("restart", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task TokenCopiedIntoAnotherRecord_DoesNotDecryptThere()
    {
        string publicRules = _folder.PathOf("public.yaml"), readersRules = _folder.PathOf("readers.yaml");
        await File.WriteAllTextAsync(publicRules, """
            app: shop
            rules:
              - id: in
                match: { path: "/orders/*", methods: [POST] }
                request:
                  - encrypt: { json: [$.card.number] }
                    role: card
                    bind: ["path:2", "json:$.owner"]
                    incoming: verify
            """);
        await File.WriteAllTextAsync(readersRules, """
            app: shop
            rules:
              - id: out
                match: { path: "/orders/*", methods: [GET] }
                response:
                  - decrypt: { json: [$.card.number] }
                    role: card
                    bind: ["path:2", "json:$.owner"]
            """);
        await using RelayRun run = await RelayRun.StartAsync(State, _upstream.Port, publicRules, readersRules);
        await PostOrderAsync(run, "1", "ann", "4242424242424242");
        string token = JsonDocument.Parse(_upstream.Body("/orders/1")).RootElement.GetProperty("card").GetProperty("number").GetString()!;
        Assert.StartsWith("e3.", token, StringComparison.Ordinal);
        Assert.Contains("4242424242424242", await RelayRun.Http.GetStringAsync(new Uri(run.Readers, "orders/1")), StringComparison.Ordinal);

        // Stolen by the upstream, or by someone who can write to its store.
        foreach ((string id, string owner) in (ValueTuple<string, string>[])[("2", "ann"), ("1", "bob")])
        {
            await RelayRun.SendAsync(HttpMethod.Post, new Uri($"http://127.0.0.1:{_upstream.Port}/orders/{id}"), $"{{\"owner\":\"{owner}\",\"card\":{{\"number\":\"{token}\"}}}}");
            using HttpResponseMessage stolen = await RelayRun.SendAsync(HttpMethod.Get, new Uri(run.Readers, $"orders/{id}"));
            Assert.Equal(HttpStatusCode.BadGateway, stolen.StatusCode);
            Assert.DoesNotContain("4242424242424242", await stolen.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        // Sent in again by a client: its own record takes it as it is, another record encrypts it as the text that it is there.
        await PostOrderAsync(run, "1", "ann", token);
        Assert.Equal(token, JsonDocument.Parse(_upstream.Body("/orders/1")).RootElement.GetProperty("card").GetProperty("number").GetString());
        await PostOrderAsync(run, "3", "ann", token);
        Assert.DoesNotContain(token, _upstream.Body("/orders/3"), StringComparison.Ordinal);
    }

    private static async Task PostOrderAsync(RelayRun run, string id, string owner, string number)
    {
        using HttpResponseMessage posted = await RelayRun.SendAsync(HttpMethod.Post, new Uri(run.Public, $"orders/{id}"), $"{{\"owner\":\"{owner}\",\"card\":{{\"number\":\"{number}\"}}}}");
        Assert.Equal(HttpStatusCode.Created, posted.StatusCode);
    }
}
