using System.Globalization;
using System.Net;
using System.Text;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Proxy.Ciphers;
using E3.Relay.Proxy.Pipeline;
using E3.Relay.Proxy.Tests.Hosting;
using E3.Relay.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace E3.Relay.Proxy.Tests;

/// <summary>Requests over the limit are changed while they pass. Where something is wrong the upstream sees a request that was cut off, and of a covered field no byte.</summary>
public sealed class LargeRequestTests
{
    private const string Pan = "4242424242424242";

    private const string Rules = """
        app: shop
        rules:
          - id: large-in
            match: {path: /in/**, methods: [POST]}
            large: stream
            request:
              - encrypt: {json: ["$..number"], form: [number], header: [X-Card], query: [pan]}
                role: card
          - id: needed
            match: {path: /needed/**, methods: [POST]}
            large: stream
            request:
              - encrypt: {json: [$.last, "$..number"]}
                role: card
                required: [$.last]
          - id: lines
            match: {path: /lines/**, methods: [POST]}
            large: stream
            request:
              - encrypt: {json: [$.number]}
                role: card
                bind: ["json:$.id"]
          - id: whole
            match: {path: /whole/**, methods: [POST]}
            request:
              - encrypt: {json: ["$..number"]}
                role: card
        """;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Request_OverTheLimit_IsChangedByteByByteAsIfItWasWhole(bool declared)
    {
        await using TestRelay relay = await StartAsync();
        byte[] body = Array(40_000);
        using HttpResponseMessage response = await SendAsync(relay, "/in/x", body, declared: declared);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        RecordedRequest received = Assert.Single(relay.Upstream.Requests);
        Assert.Equal("chunked", received.Header("Transfer-Encoding"));
        Assert.Null(received.Header("Content-Length"));
        Assert.Equal(Encoding.UTF8.GetString(body).Replace(Pan, FakeCipher.Token(Pan), StringComparison.Ordinal), received.Text);
        Assert.Contains("transformed", relay.Outcomes);
        Assert.Equal(0, relay.Services.GetRequiredService<BufferBudget>().Held);
        Assert.Matches("e3_relay_fields_total\\{[^}]*outcome=\"encrypted\",rule=\"large-in\"[^}]*\\} 40000", await relay.MetricsAsync());
    }

    [Fact]
    public async Task Request_OfTheLimit_IsStillReadWholeAndHasALength()
    {
        await using TestRelay relay = await StartAsync();
        using HttpResponseMessage response = await SendAsync(relay, "/in/x", Array(100));
        Assert.NotNull(Assert.Single(relay.Upstream.Requests).Header("Content-Length"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("/whole/x", "application/json", null)]
    [InlineData("/in/x", "application/x-www-form-urlencoded", null)]
    [InlineData("/in/x", "application/json", "gzip")]
    [InlineData("/lines/x", "application/json", null)]
    public async Task Request_OverTheLimitThatIsNotToBeStreamed_IsRefused(string path, string contentType, string? coding)
    {
        foreach (bool declared in (bool[])[true, false])
        {
            await using TestRelay relay = await StartAsync();
            using HttpResponseMessage response = await SendAsync(relay, path, Array(40_000), contentType, declared, coding);
            await Answers.AssertProblemAsync(response, 413, "body-too-large");
            Assert.Equal(0, relay.Upstream.Arrived);
        }
    }

    [Fact]
    public async Task Request_OverTheLimitOfStreams_IsCutOff()
    {
        await using TestRelay relay = await StartAsync(new() { ["Relay:Limits:StreamedBodyBytesMax"] = "1000000" });
        using HttpResponseMessage declared = await SendAsync(relay, "/in/x", Array(40_000));
        await Answers.AssertProblemAsync(declared, 413, "body-too-large");
        Assert.Equal(0, relay.Upstream.Arrived);
        using HttpResponseMessage chunked = await SendAsync(relay, "/in/x", Array(40_000), declared: false);
        await Answers.AssertProblemAsync(chunked, 413, "body-too-large");
        Assert.Empty(relay.Upstream.Requests);
    }

    [Fact]
    public async Task Request_WithAHeadThatIsCovered_HasBothChanged()
    {
        await using TestRelay relay = await StartAsync();
        using HttpResponseMessage response = await SendAsync(relay, "/in/x?pan=1", Array(40_000), card: "12");
        RecordedRequest received = Assert.Single(relay.Upstream.Requests);
        Assert.Equal("12", FakeCipher.Plain(received.Header("X-Card")!));
        Assert.Equal("1", FakeCipher.Plain(received.RawTarget.Split("pan=")[1]));
        Assert.DoesNotContain(Pan, received.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_OfBoundLines_BindsEachLineToItsOwnValue()
    {
        await using TestRelay relay = await StartAsync();
        byte[] body = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 20_000).Select(i => $"{{\"number\":\"{Pan}\",\"id\":\"{i}\"}}\n")));
        using HttpResponseMessage response = await SendAsync(relay, "/lines/x", body, "application/x-ndjson");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        string[] lines = Assert.Single(relay.Upstream.Requests).Text.TrimEnd('\n').Split('\n');
        Assert.Equal(20_000, lines.Length);
        foreach (int i in (int[])[0, 1, 9_999, 19_999])
            Assert.Equal($"{{\"number\":\"{FakeCipher.Token(Pan, context: Context(i))}\",\"id\":\"{i}\"}}", lines[i]);
    }

    [Theory]
    [InlineData("/in/x", "]", "]x", "malformed-body", 400)]
    [InlineData("/in/x", "]", "", "malformed-body", 400)]
    [InlineData("/in/x", "\"}]", "\u00ff\"}]", "malformed-text", 400)]
    [InlineData("/in/x", "\"}]", "\",\"number\":2}]", "repeated-member", 400)]
    [InlineData("/needed/x", "]", "]", "required-missing", 422)]
    public async Task Request_WithSomethingWrongAtItsEnd_IsCutOff(string path, string end, string wrong, string code, int status)
    {
        string text = Encoding.Latin1.GetString(Array(40_000));
        Assert.EndsWith(end, text, StringComparison.Ordinal);
        await AssertCutAsync(path, Encoding.Latin1.GetBytes(text[..^end.Length] + wrong), async (response, upstream) =>
        {
            await Answers.AssertProblemAsync(response, status, code);
            // What would close the document has not been sent.
            Assert.DoesNotContain("}]", upstream.Text, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    public async Task Request_WhoseEngineFails_IsCutOffOrNotSent(int calls)
    {
        int called = 0;
        await AssertCutAsync(
            "/in/x",
            Array(40_000),
            (response, upstream) => Answers.AssertProblemAsync(response, 503, "engine-unavailable"),
            relay => relay.Requests.Before = _ => Interlocked.Increment(ref called) > calls ? throw new CipherException(ErrorCode.None) : Task.CompletedTask);
    }

    [Fact]
    public async Task Request_WhoseValueTheEngineDoesNotTake_IsCutOff()
    {
        int called = 0;
        await AssertCutAsync(
            "/in/x",
            Array(40_000),
            (response, upstream) => Answers.AssertProblemAsync(response, 422, "value-not-accepted"),
            relay => relay.Requests.Instead = (_, _) => Interlocked.Increment(ref called) % 40_000 == 30_000 ? new TransformResult(ErrorCode.ValueInvalid, default, default) : null);
    }

    [Fact]
    public async Task Request_WhoseClientGoesAway_IsCutOff()
    {
        await using var upstream = new CutUpstream();
        await using TestRelay relay = await StartAsync(To(upstream));
        using (RawHttpConnection connection = await RawHttpConnection.ConnectAsync(relay.PublicPort))
        {
            byte[] body = Array(40_000);
            await connection.SendAsync($"POST /in/x HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n");
            await connection.SendAsync(body.AsMemory(0, body.Length - 1));
            await TimeBound.UntilAsync(() => upstream.Bytes > 100_000, "something was forwarded");
            connection.Reset();
        }

        Assert.False(await upstream.EndAsync());
        Assert.DoesNotContain(Pan, upstream.Text, StringComparison.Ordinal);
        await TimeBound.UntilAsync(() => relay.Outcomes.Contains("aborted"), "the request is counted as aborted");
        await AssertNothingHeldAsync(relay);
    }

    [Fact]
    public async Task Request_WhoseUpstreamGoesAway_IsAnsweredAndHoldsNothing()
    {
        await using var upstream = new CutUpstream { ResetAfter = 200_000 };
        await using TestRelay relay = await StartAsync(To(upstream));
        using HttpResponseMessage response = await SendAsync(relay, "/in/x", Array(200_000));
        Assert.Equal(502, (int)response.StatusCode);
        Assert.False(await upstream.EndAsync());
        await AssertNothingHeldAsync(relay);
    }

    [Fact]
    public async Task Request_ToASlowUpstream_IsReadNoFasterThanItIsForwarded()
    {
        var go = new TaskCompletionSource();
        await using var upstream = new CutUpstream { BeforeRead = () => go.Task };
        await using TestRelay relay = await StartAsync(To(upstream));
        var budget = relay.Services.GetRequiredService<BufferBudget>();
        Task<HttpResponseMessage> sending = SendAsync(relay, "/in/x", Array(300_000), declared: false);
        await TimeBound.UntilAsync(() => relay.Requests.Groups.Count > 5, "some parts were in the engine");
        int groups = await SettledAsync(() => relay.Requests.Groups.Count);
        Assert.InRange(groups, 6, 300);
        Assert.InRange(budget.Held, 1, 4 << 20);
        Assert.False(sending.IsCompleted);
        go.SetResult();
        using HttpResponseMessage response = await sending;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(await upstream.EndAsync());
        await AssertNothingHeldAsync(relay);
    }

    [Fact]
    public async Task Request_WhenTheMemoryOfAllBodiesIsUsedUp_IsCutOff()
    {
        await using TestRelay relay = await StartAsync(new() { ["Relay:Limits:BufferedBytesMax"] = "4096" });
        using HttpResponseMessage response = await SendAsync(relay, "/in/x", Array(40_000));
        await Answers.AssertProblemAsync(response, 503, "relay-busy");
        Assert.Empty(relay.Upstream.Requests);
    }

    [Fact]
    public async Task Request_ToAnUpstreamOfHttp10_IsNotSent()
    {
        await using var upstream = new CutUpstream();
        Dictionary<string, string?> settings = To(upstream);
        settings["ReverseProxy:Clusters:upstream:HttpRequest:Version"] = "1.0";
        settings["ReverseProxy:Clusters:upstream:HttpRequest:VersionPolicy"] = "RequestVersionExact";
        await using TestRelay relay = await StartAsync(settings);
        using HttpResponseMessage response = await SendAsync(relay, "/in/x", Array(40_000));
        await Answers.AssertProblemAsync(response, 502, "upstream-unavailable");
        Assert.Equal(0, upstream.Bytes);
    }

    private static async Task AssertCutAsync(string path, byte[] body, Func<HttpResponseMessage, CutUpstream, Task> judge, Action<TestRelay>? prepare = null)
    {
        foreach (bool declared in (bool[])[true, false])
        {
            await using var upstream = new CutUpstream();
            await using TestRelay relay = await StartAsync(To(upstream));
            prepare?.Invoke(relay);
            using HttpResponseMessage response = await SendAsync(relay, path, body, declared: declared);
            await judge(response, upstream);
            if (upstream.Bytes > 0)
                Assert.False(await upstream.EndAsync());
            Assert.DoesNotContain(Pan, upstream.Text, StringComparison.Ordinal);
            await AssertNothingHeldAsync(relay);
        }
    }

    private static async Task<int> SettledAsync(Func<int> count)
    {
        int last;
        do
        {
            last = count();
            await Task.Delay(300);
        }
        while (last != count());

        return last;
    }

    private static Task AssertNothingHeldAsync(TestRelay relay)
    {
        var budget = relay.Services.GetRequiredService<BufferBudget>();
        return TimeBound.UntilAsync(() => budget.Held == 0, "nothing is held any more");
    }

    private static Dictionary<string, string?> To(CutUpstream upstream) => new() { ["ReverseProxy:Clusters:upstream:Destinations:one:Address"] = upstream.Address };

    private static Task<TestRelay> StartAsync(Dictionary<string, string?>? settings = null)
    {
        settings ??= [];
        settings.TryAdd("Relay:Limits:BodyBytesMax", "65536");
        return TestRelay.StartAsync(Rules, settings: settings);
    }

    private static async Task<HttpResponseMessage> SendAsync(
        TestRelay relay, string path, byte[] body, string contentType = "application/json", bool declared = true, string? coding = null, string? card = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, relay.Uri("public", path)) { Content = new ByteArrayContent(body) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        if (coding is not null)
            request.Content.Headers.ContentEncoding.Add(coding);
        if (card is not null)
            request.Headers.Add("X-Card", card);
        request.Headers.TransferEncodingChunked = !declared;
        request.Headers.ExpectContinue = true;
        return await relay.Client.SendAsync(request);
    }

    private static byte[] Array(int elements) =>
        Encoding.UTF8.GetBytes($"[{string.Join(",", Enumerable.Range(0, elements).Select(i => $"{{\"number\":\"{Pan}\",\"i\":\"{i}\"}}"))}]");

    private static byte[] Context(int id)
    {
        byte[] text = Encoding.UTF8.GetBytes(id.ToString(CultureInfo.InvariantCulture));
        return [0, 0, 0, (byte)text.Length, .. text];
    }
}
