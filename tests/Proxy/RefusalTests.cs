using System.Text;
using E3.Relay.Proxy.Pipeline;
using E3.Relay.Proxy.Tests.Hosting;
using E3.Relay.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace E3.Relay.Proxy.Tests;

/// <summary>Every refusal is a clear answer, and nothing reaches the upstream, not even a head.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData("//checkout", "target-empty-segment")]
    [InlineData("/x/../checkout", "target-dot-segment")]
    [InlineData("/x/%2e%2e/checkout", "target-dot-segment")]
    [InlineData("/checkout%2Fx", "target-encoded-slash")]
    [InlineData("/checkout%5Cx", "target-backslash")]
    [InlineData("/checkout\\x", "target-backslash")]
    [InlineData("/checkout;v=1", "target-path-parameter")]
    [InlineData("/%01", "target-control-character")]
    [InlineData("/%zz", "target-malformed-percent")]
    [InlineData("/%c0%af", "target-malformed-utf8")]
    [InlineData("/%2563heckout", "target-encoded-percent")]
    [InlineData("*", "target-not-a-path", "OPTIONS")]
    public async Task Target_ThatTwoServersCouldReadDifferently_Is400(string target, string code, string method = "POST")
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        RawHttpResponse response = await relay.SendRawAsync($"{method} {target} HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}");
        Answers.AssertProblem(response, 400, code);
        Assert.Equal(0, relay.Upstream.Arrived);
    }

    [Theory]
    [InlineData("/%00")]
    [InlineData("http://other/checkout")]
    public async Task Target_ThatTheServerItselfRefuses_Is400(string target)
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        RawHttpResponse response = await relay.SendRawAsync($"POST {target} HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}");
        Assert.Equal(400, response.Status);
        Assert.Equal(0, relay.Upstream.Arrived);
    }

    [Theory]
    [InlineData("{\"card\":", "application/json", 400, "malformed-body")]
    [InlineData("{\"card\":{}} x", "application/json", 400, "malformed-body")]
    [InlineData("", "application/json", 400, "malformed-body", "Transfer-Encoding: chunked")]
    [InlineData("{\"card\":{\"number\":\"\u00ff\"}}", "application/json", 400, "malformed-text")]
    [InlineData("{\"card\":{\"number\":\"1\",\"number\":\"2\"}}", "application/json", 400, "repeated-member")]
    [InlineData("{}", "text/plain", 415, "unsupported-content-type")]
    [InlineData("{}", "application/octet-stream", 415, "unsupported-content-type")]
    [InlineData("{}", "application/json; charset=utf-16", 415, "unsupported-charset")]
    [InlineData("{}", null, 415, "missing-content-type")]
    [InlineData("{}", "application/json", 415, "unsupported-content-coding", "Content-Encoding: compress")]
    [InlineData("{}", "application/json", 415, "unsupported-content-coding", "Content-Encoding: gzip, br")]
    [InlineData("{}", "application/json", 415, "unsupported-content-coding", "Content-Encoding: gzip, gzip")]
    [InlineData("{}", "application/json", 415, "unsupported-content-coding", "Content-Encoding: gzip\r\nContent-Encoding: gzip")]
    [InlineData("{}", "application/json", 415, "unsupported-content-coding", "Content-Encoding: gzip,")]
    [InlineData("{}", "application/json", 415, "unsupported-content-coding", "Content-Encoding: aws-chunked")]
    [InlineData("{}", "application/json", 400, "malformed-content-coding", "Content-Encoding: GZIP")]
    [InlineData("{}", "application/json", 415, "unsupported-content-coding", "Content-Encoding: gzip;q=1")]
    [InlineData("{}", "application/json", 415, "unsupported-content-coding", "Content-Encoding: ")]
    [InlineData("{}", "application/json", 400, "malformed-content-coding", "Content-Encoding: gzip")]
    [InlineData("{}", "application/json", 400, "malformed-content-coding", "Content-Encoding: deflate")]
    [InlineData("{}", "application/json", 400, "malformed-content-coding", "Content-Encoding: br")]
    [InlineData("{}", "application/json", 400, "malformed-content-coding", "Content-Encoding: zstd")]
    [InlineData("{}", "application/json", 415, "unsupported-content-coding", "Content-Encoding: identity, gzip")]
    [InlineData("{}", "application/json", 415, "unsupported-content-coding", "Content-Encoding: identity\r\nContent-Encoding: br")]
    [InlineData("{}", "application/json", 400, "repeated-header", "Content-Type: text/plain")]
    [InlineData("{}", "application/grpc", 415, "cannot-inspect")]
    public async Task Body_ThatCannotBeInspected_IsRefused(string body, string? contentType, int status, string code, string? header = null)
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        var request = new StringBuilder("POST /checkout/card HTTP/1.1\r\nHost: shop\r\n");
        if (contentType is not null)
            request.Append($"Content-Type: {contentType}\r\n");
        if (header is not null)
            request.Append($"{header}\r\n");
        request.Append(header == "Transfer-Encoding: chunked" ? "\r\n0\r\n\r\n" : $"Content-Length: {body.Length}\r\n\r\n{body}");
        RawHttpResponse response = await relay.SendRawAsync(request.ToString());
        Answers.AssertProblem(response, status, code);
        Assert.Equal(0, relay.Upstream.Arrived);
        Assert.Empty(relay.Requests.Groups);
    }

    [Theory]
    [InlineData(64, 200)]
    [InlineData(65, 400)]
    public async Task Depth_AtTheLimit_PassesAndOverItIsRefused(int depth, int status)
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        using HttpResponseMessage response = await relay.PostAsync("/checkout/card", new string('[', depth) + new string(']', depth));
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(status == 200 ? 1 : 0, relay.Upstream.Arrived);
        if (status != 200)
            await Answers.AssertProblemAsync(response, status, "too-deep");
    }

    [Theory]
    [InlineData(false, 0, 200)]
    [InlineData(false, 1, 413)]
    [InlineData(true, 0, 200)]
    [InlineData(true, 1, 413)]
    public async Task Size_AtTheLimit_PassesAndOverItIsRefused(bool chunked, int over, int status)
    {
        await using TestRelay relay = await TestRelay.StartAsync(settings: new Dictionary<string, string?> { ["Relay:Limits:BodyBytesMax"] = "50000" });
        using var request = new HttpRequestMessage(HttpMethod.Post, relay.Uri("public", "/checkout/card"))
        {
            Content = new StringContent("[\"" + new string('x', 50_000 - 4 + over) + "\"]", Encoding.UTF8, "application/json"),
        };
        request.Headers.TransferEncodingChunked = chunked;
        using HttpResponseMessage response = await relay.Client.SendAsync(request);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(status == 200 ? 1 : 0, relay.Upstream.Arrived);
        if (status != 200)
            await Answers.AssertProblemAsync(response, status, "body-too-large");
    }

    [Fact]
    public async Task Bodies_ThatTogetherHoldTooMuch_AreRefusedUntilThereIsRoom()
    {
        await using TestRelay relay = await TestRelay.StartAsync(settings: new Dictionary<string, string?> { ["Relay:Limits:BufferedBytesMax"] = "200000" });
        string large = "[\"" + new string('x', 150_000) + "\"]";
        using (RawHttpConnection slow = await RawHttpConnection.ConnectAsync(relay.PublicPort))
        {
            await slow.SendAsync($"POST /checkout/card HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nContent-Length: 200000\r\n\r\n{large}");
            var budget = relay.Services.GetRequiredService<BufferBudget>();
            await TimeBound.UntilAsync(() => budget.IsSpent, "the body is held");
            using HttpResponseMessage refused = await relay.PostAsync("/checkout/card", large);
            await Answers.AssertProblemAsync(refused, 503, "relay-busy");
            Assert.True(refused.Headers.ConnectionClose);
            Assert.NotNull(refused.Headers.RetryAfter);
            using HttpResponseMessage small = await relay.PostAsync("/checkout/card", "{}");
            Assert.Equal(200, (int)small.StatusCode);
            slow.Reset();
            await TimeBound.UntilAsync(() => budget.Held == 0, "all is given back");
        }

        using HttpResponseMessage later = await relay.PostAsync("/checkout/card", large);
        Assert.Equal(200, (int)later.StatusCode);
    }

    [Fact]
    public async Task DeclaredLength_OverTheLimit_IsRefusedBeforeTheClientIsToldToSend()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        RawHttpResponse response = await relay.SendRawAsync("POST /checkout/card HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 2000000\r\n\r\n");
        Answers.AssertProblem(response, 413, "body-too-large");
        Assert.Equal(0, relay.Upstream.Arrived);
    }

    [Fact]
    public async Task Expectation_OfAnAcceptedRequest_IsMetByTheProxy()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        using RawHttpConnection connection = await RawHttpConnection.ConnectAsync(relay.PublicPort);
        await connection.SendAsync("POST /checkout/card HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
        Assert.Equal(100, (await connection.ReadResponseAsync())?.Status);
        await connection.SendAsync("{}");
        Assert.Equal(200, (await connection.ReadResponseAsync())?.Status);
        Assert.Null(Assert.Single(relay.Upstream.Requests).Header("Expect"));
    }

    [Theory]
    [InlineData("/checkout/card", "GET")]
    [InlineData("/orders/1", "GET")]
    [InlineData("/elsewhere", "GET")]
    public async Task WebSocket_OnAListenerWithRules_IsRefused(string path, string method)
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        RawHttpResponse response = await relay.SendRawAsync(
            $"{method} {path} HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        Answers.AssertProblem(response, 415, "cannot-inspect");
        Assert.Equal(0, relay.Upstream.Arrived);
    }

    [Fact]
    public async Task OfferOfHttp2_OnAPlainRequest_IsNoReasonToRefuse()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        RawHttpResponse response = await relay.SendRawAsync("GET /page HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n");
        Assert.Equal(200, response.Status);
        Assert.Null(Assert.Single(relay.Upstream.Requests).Header("Upgrade"));
    }

    [Theory]
    [InlineData("POST", "/elsewhere", "{}")]
    [InlineData("PATCH", "/checkout/card", "{}")]
    [InlineData("GET", "/elsewhere", "{}")]
    public async Task Body_WhereNoRuleMatches_IsRefused(string method, string path, string body)
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        RawHttpResponse response = await relay.SendRawAsync($"{method} {path} HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        Assert.InRange(response.Status, 400, 499);
        Answers.AssertProblem(response, response.Status, "unmatched-body");
        Assert.Equal(0, relay.Upstream.Arrived);
    }

    [Fact]
    public async Task Body_WhereNoRuleMatchesAndTheRulesLetItPass_StreamsThrough()
    {
        await using TestRelay relay = await TestRelay.StartAsync("unmatched: pass\n" + TestRules.Public);
        using HttpResponseMessage response = await relay.PostAsync("/elsewhere", "anything", null);
        Assert.Equal("anything", Assert.Single(relay.Upstream.Requests).Text);
    }

    [Theory]
    [InlineData("5\r\n{\"a\":\r\nzz\r\n")]
    [InlineData("ffffffffffffffff\r\n{")]
    public async Task Chunks_ThatAreMalformed_AreRefused(string chunks)
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        RawHttpResponse response = await relay.SendRawAsync($"POST /checkout/card HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}");
        Assert.InRange(response.Status, 400, 413);
        Assert.Equal(0, relay.Upstream.Arrived);
    }

    [Fact]
    public async Task Client_ThatBreaksOffInItsBody_SendsNothingUpstream()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        using (RawHttpConnection connection = await RawHttpConnection.ConnectAsync(relay.PublicPort))
        {
            await connection.SendAsync("POST /checkout/card HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 100\r\n\r\n");
            Assert.Equal(100, (await connection.ReadResponseAsync())?.Status);
            await connection.SendAsync("{\"card\":{\"number\":\"4242");
            connection.Reset();
        }

        await TimeBound.UntilAsync(() => relay.Outcomes.Count == 1, "the request is counted");
        Assert.Equal(0, relay.Upstream.Arrived);
        Assert.Empty(relay.Requests.Groups);
    }
}
