using System.Collections.Concurrent;
using System.Diagnostics;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Proxy.Ciphers;
using E3.Relay.Proxy.Tests.Hosting;
using E3.Relay.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace E3.Relay.Proxy.Tests;

/// <summary>A marked value goes through success and failure, in body, target and headers, and is looked for in everything that the proxy leaves behind.</summary>
public sealed class CanaryTests : IDisposable
{
    private const string Canary = "canary7f3a9";

    private readonly ConcurrentQueue<string> _activities = new();
    private readonly ActivityListener _listener;

    public CanaryTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity => _activities.Enqueue(
                $"{activity.OperationName} {activity.DisplayName} {activity.StatusDescription} {string.Join(' ', activity.TagObjects)} {string.Join(' ', activity.Baggage)} "
                + string.Join(' ', activity.Events.SelectMany(happened => happened.Tags.Select(tag => $"{happened.Name} {tag}")))),
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task Sinks_WithAPlantedCanary_AreSearchedWell()
    {
        await using TestRelay relay = await StartAsync();
        using (var source = new ActivitySource("planted"))
        using (Activity? activity = source.StartActivity("planted"))
            activity?.SetTag("url", Canary);
        relay.Services.GetRequiredService<ILoggerFactory>().CreateLogger("E3.Relay.Planted").Log(LogLevel.Error, 1999, Canary, null, (state, _) => state);
        relay.Services.GetRequiredService<Observability.RelayMetrics>().Refusal("public", Canary);
        Assert.Contains(relay.Log.Lines, Marked);
        Assert.Contains(_activities, Marked);
        Assert.True(Marked(await relay.MetricsAsync()));
    }

    [Fact]
    public async Task MarkedValue_ThroughSuccessAndFailure_IsInNoSink()
    {
        await using TestRelay relay = await StartAsync();
        var answers = new List<string>();
        string card = $$$"""{"card":{"number":"{{{Canary}}}"}}""";

        // Served: body, path, query, header, answer.
        Assert.Equal(200, (await SendAsync(card, $"/checkout/{Canary}?q={Canary}")).Status);
        Assert.Equal(200, (await SendAsync("", $"/page/{Canary}?q={Canary}", "GET")).Status);
        relay.Upstream.AnswerWith("application/json", $$"""{"number":"{{Canary}}"}""");
        Assert.Equal(200, (await SendAsync("", $"/orders/{Canary}", "GET")).Status);

        // Refused by the proxy.
        answers.Add((await SendAsync(card[..^1], $"/checkout/{Canary}")).Text);
        answers.Add((await SendAsync($$"""{"card":"{{Canary}}","card":"{{Canary}}"}""", "/checkout/x")).Text);
        answers.Add((await SendAsync(card, $"/checkout/../{Canary}")).Text);
        answers.Add((await SendAsync(card, $"/elsewhere/{Canary}")).Text);
        answers.Add((await SendAsync(card, "/checkout/x", type: $"text/{Canary}")).Text);
        answers.Add((await SendAsync($"{{\"card\":{{\"number\":\"{FakeCipher.Token(Canary)}\"}}}}", "/checkout/x")).Text);

        // Refused by the server before the proxy sees it.
        answers.Add((await relay.SendRawAsync($"GET /{Canary} HTTP/1.1\r\nHost: shop\r\nbad header {Canary}\r\n\r\n")).Text);
        answers.Add((await relay.SendRawAsync($"GET /{Canary} {Canary} HTTP/1.1\r\nHost: shop\r\n\r\n")).Text);

        // The engine fails, in ways that carry the value.
        relay.Requests.Before = _ => throw new InvalidOperationException(Canary);
        answers.Add((await SendAsync(card, $"/checkout/{Canary}")).Text);
        relay.Requests.Before = _ => throw new CipherException(ErrorCode.None);
        answers.Add((await SendAsync(card, $"/checkout/{Canary}")).Text);
        relay.Masked.Before = _ => throw new InvalidOperationException(Canary);
        answers.Add((await SendAsync("", $"/orders/{Canary}", "GET")).Text);

        // The upstream fails.
        relay.Requests.Before = _ => Task.CompletedTask;
        relay.Upstream.AnswerWith($"text/{Canary}", Canary);
        answers.Add((await SendAsync("", $"/orders/{Canary}", "GET")).Text);
        relay.Upstream.Answer = context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };
        answers.Add((await SendAsync(card, $"/checkout/{Canary}?q={Canary}")).Text);
        answers.Add((await SendAsync("", $"/orders/{Canary}", "GET")).Text);

        Assert.DoesNotContain(answers, Marked);
        Assert.DoesNotContain(relay.Log.Lines, Marked);
        Assert.Contains(_activities, activity => activity.Contains("HttpRequestIn", StringComparison.Ordinal));
        Assert.DoesNotContain(_activities, Marked);
        Assert.False(Marked(await relay.MetricsAsync()));
        Assert.False(Marked(await relay.Client.GetStringAsync(relay.Uri(ProxyHost.ManagementName, "/health"))));
        Assert.Contains(relay.Log.Lines, line => line.Contains(" 1010 ", StringComparison.Ordinal));
        Assert.Contains(relay.Log.Lines, line => line.Contains(" 1013 ", StringComparison.Ordinal));

        Task<RawHttpResponse> SendAsync(string body, string target, string method = "POST", string type = "application/json") => relay.SendRawAsync(
            $"{method} {target} HTTP/1.1\r\nHost: shop\r\nReferer: http://shop/{Canary}\r\nCookie: c={Canary}\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\nbaggage: k=v\r\n"
            + (method == "GET" ? "\r\n" : $"Content-Type: {type}\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
    }

    // The level that an operator may set is the most talkative one, for all categories.
    private static Task<TestRelay> StartAsync() => TestRelay.StartAsync(settings: new Dictionary<string, string?>
    {
        ["Logging:LogLevel:Default"] = "Trace",
        ["Logging:LogLevel:Microsoft"] = "Trace",
        ["Logging:LogLevel:Microsoft.AspNetCore"] = "Trace",
        ["Logging:LogLevel:Yarp"] = "Trace",
        ["Logging:LogLevel:System.Net.Http"] = "Trace",
        ["Logging:LogLevel:E3.Relay"] = "Trace",
        ["Logging:Console:LogLevel:Default"] = "Trace",
    });

    private static bool Marked(string text) => text.Contains(Canary, StringComparison.OrdinalIgnoreCase);
}
