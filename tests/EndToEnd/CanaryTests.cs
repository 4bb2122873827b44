using System.Diagnostics;
using System.Text;
using E3.Relay.Testing;

namespace E3.Relay.EndToEnd.Tests;

/// <summary>
/// A marked value goes through every path that the programs have, and is then looked for wherever they write: their output, the metrics, the health page, and what clients are told.
/// </summary>
public sealed class CanaryTests : IAsyncDisposable
{
    // Sixteen digits that occur nowhere else, and as a name, so that both kinds of rule meet it.
    private const string Canary = "7391846205517394";
    private const string Planted = "planted-8c1f02";

    private readonly TempFolder _folder = new();
    private readonly List<string> _answers = [];

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Value_SentThroughAllPaths_IsInNoLogMetricHealthPageOrErrorAnswer()
    {
        string rules = _folder.PathOf("public.yaml");
        await File.WriteAllTextAsync(rules, $$"""
            app: shop
            unmatched: pass
            rules:
              - id: {{Planted}}
                match: { path: "/checkout/**", methods: [POST] }
                request:
                  - encrypt: { json: [$.card.number], form: [card_number] }
                    role: card
                    required: [$.card.number]
              - id: out
                match: { path: "/checkout/**", methods: [GET] }
                response:
                  - mask: { json: [$.card.number], last: 4 }
                    role: card
            """);
        await using var upstream = new RecordingUpstream();
        await using RelayRun run = await RelayRun.StartAsync(_folder.PathOf("s"), upstream.Port, rules);

        await SendAllAsync(run, expectEngine: true);
        ProcessTree.Kill(await run.EnclaveIdAsync());
        await SendAllAsync(run, expectEngine: false);
        await HttpWait.ForOkAsync(new Uri(run.Management, "health/ready"));
        await upstream.DisposeAsync();
        await SendAllAsync(run, expectEngine: false);

        // A broken rule file is reported on the health page and in the log: the plant for both.
        await File.WriteAllTextAsync(rules, $"app: shop\nrules:\n  - id: {Planted}\n    match: {{ path: \"/x\" }}\n    request:\n      - encrypt: {{ json: [\"$..[\"] }}\n");
        string health = "";
        for (long began = Stopwatch.GetTimestamp(); !health.Contains(Planted, StringComparison.Ordinal) && Stopwatch.GetElapsedTime(began) < TimeBound.Default;)
            health = await RelayRun.Http.GetStringAsync(new Uri(run.Management, "health/ready"));
        string metrics = await RelayRun.Http.GetStringAsync(new Uri(run.Management, "metrics"));
        string answers = string.Join('\n', _answers);

        // The search is able to find something in each place.
        Assert.Contains(Planted, Written(run), StringComparison.Ordinal);
        Assert.Contains(Planted, health, StringComparison.Ordinal);
        Assert.Contains(Planted, answers, StringComparison.Ordinal);
        Assert.Contains("e3", metrics, StringComparison.OrdinalIgnoreCase);

        foreach (string form in Forms())
        {
            Assert.DoesNotContain(form, Written(run), StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(form, health, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(form, metrics, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(form, answers, StringComparison.OrdinalIgnoreCase);
        }

        // No rule covers the targets and headers of the GETs; the bodies are covered.
        Assert.False(upstream.SawInBody(Canary));
    }

    private static string Written(RelayRun run) => string.Join('\n', run.Proxy.Output.Concat(run.Proxy.Errors));

    private static IEnumerable<string> Forms()
    {
        byte[] bytes = Encoding.ASCII.GetBytes(Canary);
        yield return Canary;
        yield return Convert.ToHexString(bytes);
        yield return Convert.ToBase64String(bytes).TrimEnd('=')[..20];
        yield return string.Concat(bytes.Select(static b => $"%{b:X2}"));
        yield return Convert.ToHexString(Encoding.Unicode.GetBytes(Canary));
    }

    private async Task SendAllAsync(RelayRun run, bool expectEngine)
    {
        var post = new Uri(run.Public, "checkout/1");
        (string Body, string? Type)[] bodies =
        [
            ($"{{\"card\":{{\"number\":\"{Canary}\"}}}}", null),
            ($"{{\"card\":{{\"number\":{Canary}}}}}", null),
            ($"card_number={Canary}", "application/x-www-form-urlencoded"),
            ($"{{\"card\":{{\"numbr\":{Canary}}}}}", null),
            ($"{{\"card\":{{\"number\":\"{Canary}\"}}", null),
            ($"{{\"card\":{{\"number\":\"{Canary}\",\"number\":\"{Canary}\"}}}}", null),
            ($"{{\"card\":{{\"number\":\"\\ud800{Canary}\"}}}}", null),
            (Canary, "text/plain"),
            (Canary, $"application/x-{Canary}"),
            ($"{new string('[', 80)}{Canary}", null),
            ($"{{\"card\":{{\"number\":\"{new string('1', 1_100_000)}{Canary}\"}}}}", null),
        ];
        bool reached = false;
        foreach ((string body, string? type) in bodies)
        {
            using HttpResponseMessage response = await RelayRun.SendAsync(HttpMethod.Post, post, body, type);
            string answer = await response.Content.ReadAsStringAsync();
            reached |= response.IsSuccessStatusCode;
            if (!response.IsSuccessStatusCode)
                _answers.Add($"{response.StatusCode} {response.Headers} {answer}");
        }

        Assert.Equal(expectEngine, reached && expectEngine);

        // In the target, where the proxy has nothing to encrypt but hosting and forwarding code likes to log.
        foreach (string target in (string[])[$"checkout/{Canary}", $"other/{Canary}?q={Canary}", $"checkout%2F{Canary}", $"checkout//{Canary}"])
        {
            using RawHttpConnection raw = await RawHttpConnection.ConnectAsync(run.Public.Port);
            await raw.SendAsync($"GET /{target} HTTP/1.1\r\nHost: shop.example\r\nCookie: c={Canary}\r\nX-Card: {Canary}\r\nConnection: close\r\n\r\n");
            RawHttpResponse? response = await raw.ReadResponseAsync();
            if (response is { Status: >= 400 } && response.Header("Content-Type") == "application/problem+json")
                _answers.Add(response.Text);
        }
    }
}
