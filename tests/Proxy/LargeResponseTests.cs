using System.Net;
using System.Text;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Proxy.Ciphers;
using E3.Relay.Proxy.Pipeline;
using E3.Relay.Proxy.Tests.Hosting;
using E3.Relay.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace E3.Relay.Proxy.Tests;

/// <summary>Responses over the limit are changed while they pass. Where something is wrong the client sees a response that was cut off, or an error when nothing was sent yet.</summary>
public sealed class LargeResponseTests
{
    private const string Pan = "4242424242424242";

    private const string Rules = """
        app: shop
        rules:
          - id: out
            match: {path: /out/**}
            large: stream
            response:
              - decrypt: {json: ["$[*].number"], header: [X-Card]}
                role: card
                onError: fail
          - id: needed
            match: {path: /needed/**}
            large: stream
            response:
              - decrypt: {json: ["$[*].number", $.last]}
                role: card
                required: [$.last]
          - id: hidden
            match: {path: /hidden/**}
            large: stream
            response:
              - mask: {json: ["$[*].number"]}
                role: card
          - id: whole
            match: {path: /whole/**}
            response:
              - decrypt: {json: ["$[*].number"]}
                role: card
        """;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Response_OverTheLimit_IsChangedByteByByteAsIfItWasWhole(bool declared)
    {
        await using TestRelay relay = await StartAsync();
        byte[] body = Array(20_000, FakeCipher.Token(Pan));
        relay.Upstream.Answer = context => AnswerAsync(context, body, declared, etag: "\"x\"");
        using HttpResponseMessage response = await relay.Client.GetAsync(relay.Uri("public", "/out/x"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(response.Headers.TransferEncodingChunked);
        Assert.Null(response.Headers.ETag);
        Assert.Equal("no-store, private", string.Join(", ", response.Headers.CacheControl!.ToString().Split(", ").Order()));
        Assert.Equal(Pan, response.Headers.GetValues("X-Card").Single());
        Assert.Equal(Encoding.UTF8.GetString(Array(20_000, Pan)), await response.Content.ReadAsStringAsync());
        await AssertNothingHeldAsync(relay);
    }

    [Theory]
    [InlineData("/whole/x", "1.1")]
    [InlineData("/out/x", "1.0")]
    public async Task Response_OverTheLimitThatIsNotToBeStreamed_IsRefused(string path, string version)
    {
        await using TestRelay relay = await StartAsync();
        byte[] body = Array(20_000, FakeCipher.Token(Pan));
        foreach (bool declared in (bool[])[true, false])
        {
            relay.Upstream.Answer = context => AnswerAsync(context, body, declared);
            RawHttpResponse response = await relay.SendRawAsync($"GET {path} HTTP/{version}\r\nHost: shop\r\nConnection: close\r\n\r\n");
            Assert.Equal(502, response.Status);
            Assert.Contains("response-too-large", response.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Response_WhoseEndIsThatOfTheConnection_IsRefused()
    {
        byte[] body = Array(20_000, FakeCipher.Token(Pan));
        await using var upstream = new ClosingUpstream("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n", body);
        await using TestRelay relay = await StartAsync(upstream.Address);
        using HttpResponseMessage response = await relay.Client.GetAsync(relay.Uri("public", "/out/x"));
        await Answers.AssertProblemAsync(response, 502, "response-too-large");
    }

    [Fact]
    public async Task Response_ThatMayBeStreamed_IsAskedForInNoCoding()
    {
        await using TestRelay relay = await StartAsync();
        RawHttpResponse response = await relay.SendRawAsync("GET /hidden/x HTTP/1.1\r\nHost: shop\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n");
        Assert.Equal("identity", Assert.Single(relay.Upstream.Requests).Header("Accept-Encoding"));
        Assert.True(response.Complete);
    }

    [Fact]
    public async Task Response_WithTrailers_IsForwardedWithoutThem()
    {
        byte[] body = Array(2_000, FakeCipher.Token(Pan));
        byte[] chunked = [.. Encoding.ASCII.GetBytes($"{body.Length:x}\r\n"), .. body, .. "\r\n0\r\nX-Late: e3.token\r\n\r\n"u8];
        await using var upstream = new ClosingUpstream("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nTrailer: X-Late\r\n\r\n", chunked);
        await using TestRelay relay = await StartAsync(upstream.Address);
        using RawHttpConnection connection = await RawHttpConnection.ConnectAsync(relay.PublicPort);
        await connection.SendAsync("GET /out/x HTTP/1.1\r\nHost: shop\r\nTE: trailers\r\nConnection: close\r\n\r\n");
        string answer = Encoding.Latin1.GetString(await connection.ReadToEndAsync());
        Assert.EndsWith("\r\n0\r\n\r\n", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("X-Late", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Response_OverTheLimitOfStreams_IsCutOff()
    {
        await using TestRelay relay = await StartAsync(more: new() { ["Relay:Limits:StreamedBodyBytesMax"] = "1000000" });
        byte[] body = Array(20_000, FakeCipher.Token(Pan));
        relay.Upstream.Answer = context => AnswerAsync(context, body, true);
        using HttpResponseMessage declared = await relay.Client.GetAsync(relay.Uri("public", "/out/x"));
        await Answers.AssertProblemAsync(declared, 502, "response-too-large");
        relay.Upstream.Answer = context => AnswerAsync(context, body, false);
        await AssertCutAsync(relay, "/out/x", "response-too-large");
    }

    [Theory]
    [InlineData("/out/x", "]", "]x", "malformed-body")]
    [InlineData("/out/x", "]", "", "malformed-body")]
    [InlineData("/needed/x", "]", "]", "required-missing")]
    public async Task Response_WithSomethingWrongAtItsEnd_IsCutOff(string path, string end, string wrong, string code)
    {
        foreach (bool declared in (bool[])[true, false])
        {
            await using TestRelay relay = await StartAsync();
            string text = Encoding.UTF8.GetString(Array(20_000, FakeCipher.Token(Pan)));
            byte[] body = Encoding.UTF8.GetBytes(text[..^end.Length] + wrong);
            relay.Upstream.Answer = context => AnswerAsync(context, body, declared);
            RawHttpResponse cut = await AssertCutAsync(relay, path, code);
            Assert.DoesNotContain("}]", cut.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Response_WithATokenThatDoesNotOpen_ShowsNothingOfItsPart()
    {
        await using TestRelay relay = await StartAsync();
        string[] elements = [.. Enumerable.Repeat($"{{\"number\":\"{FakeCipher.Token(Pan)}\"}}", 20_000), $"{{\"number\":\"{FakeCipher.Token(Pan, role: "other")}\"}}", "{\"x\":\"behind\"}"];
        relay.Upstream.Answer = context => AnswerAsync(context, Encoding.UTF8.GetBytes($"[{string.Join(',', elements)}]"), true);
        RawHttpResponse cut = await AssertCutAsync(relay, "/out/x", "cannot-decrypt");
        Assert.DoesNotContain("e3.", cut.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("behind", cut.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(25)]
    public async Task Response_WhoseEngineFails_IsRefusedOrCutOff(int calls)
    {
        await using TestRelay relay = await StartAsync();
        int called = 0;
        // One call is for the head.
        relay.Masked.Before = _ => Interlocked.Increment(ref called) > calls + 1 ? throw new CipherException(ErrorCode.None) : Task.CompletedTask;
        relay.Upstream.Answer = context => AnswerAsync(context, Array(20_000, FakeCipher.Token(Pan)), true, etag: "\"x\"");
        if (calls > 0)
        {
            await AssertCutAsync(relay, "/out/x", "engine-unavailable");
            return;
        }

        using HttpResponseMessage response = await relay.Client.GetAsync(relay.Uri("public", "/out/x"));
        await Answers.AssertProblemAsync(response, 503, "engine-unavailable");
        Assert.False(response.Headers.Contains("X-Card"));
    }

    [Fact]
    public async Task Response_WhoseUpstreamGoesAway_IsCutOff()
    {
        await using TestRelay relay = await StartAsync();
        byte[] body = Array(20_000, FakeCipher.Token(Pan));
        relay.Upstream.Answer = async context =>
        {
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = body.Length;
            await context.Response.Body.WriteAsync(body.AsMemory(0, body.Length - 1));
            await TimeBound.UntilAsync(() => relay.Masked.Groups.Count > 25, "the client has received something");
            context.Abort();
        };
        await AssertCutAsync(relay, "/out/x", "upstream-broken");
    }

    [Fact]
    public async Task Response_WhoseClientGoesAway_HoldsNothing()
    {
        await using TestRelay relay = await StartAsync();
        relay.Upstream.Answer = context => AnswerAsync(context, Array(200_000, FakeCipher.Token(Pan)), false);
        using (RawHttpConnection connection = await RawHttpConnection.ConnectAsync(relay.PublicPort))
        {
            await connection.SendAsync("GET /out/x HTTP/1.1\r\nHost: shop\r\n\r\n");
            await TimeBound.UntilAsync(() => relay.Masked.Groups.Count > 5, "some parts were in the engine");
            connection.Reset();
        }

        await TimeBound.UntilAsync(() => relay.Outcomes.Contains("aborted"), "the request is counted as aborted");
        await AssertNothingHeldAsync(relay);
    }

    private static async Task<RawHttpResponse> AssertCutAsync(TestRelay relay, string path, string code)
    {
        RawHttpResponse response = await relay.SendRawAsync($"GET {path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
        Assert.Equal(200, response.Status);
        Assert.Equal("chunked", response.Header("Transfer-Encoding"));
        Assert.False(response.Complete);
        await TimeBound.UntilAsync(() => relay.Outcomes.Contains("failed"), "the request is counted as failed");
        Assert.Contains(relay.Log.Lines, line => line.Contains($"refused a response: {code}", StringComparison.Ordinal));
        await AssertNothingHeldAsync(relay);
        return response;
    }

    private static Task AssertNothingHeldAsync(TestRelay relay)
    {
        var budget = relay.Services.GetRequiredService<BufferBudget>();
        return TimeBound.UntilAsync(() => budget.Held == 0, "nothing is held any more");
    }

    private static async Task AnswerAsync(HttpContext context, byte[] body, bool declared, string? etag = null)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = declared ? body.Length : null;
        if (etag is not null)
            (context.Response.Headers.ETag, context.Response.Headers["X-Card"]) = (etag, FakeCipher.Token(Pan));
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    private static Task<TestRelay> StartAsync(string? upstream = null, Dictionary<string, string?>? more = null)
    {
        Dictionary<string, string?> settings = more ?? [];
        settings["Relay:Limits:BodyBytesMax"] = "65536";
        if (upstream is not null)
            settings["ReverseProxy:Clusters:upstream:Destinations:one:Address"] = upstream;
        return TestRelay.StartAsync(Rules, settings: settings);
    }

    private static byte[] Array(int elements, string number) =>
        Encoding.UTF8.GetBytes($"[{string.Join(",", Enumerable.Range(0, elements).Select(i => $"{{\"number\":\"{number}\",\"i\":\"{i}\"}}"))}]");
}
