using System.Net;
using E3.Relay.Proxy.Tests.Hosting;
using E3.Relay.Testing;
using Microsoft.AspNetCore.Http;

namespace E3.Relay.Proxy.Tests;

/// <summary>Rules with <c>mode: observe</c>: what they would do is counted, and nothing is done.</summary>
[Collection(Alone.Name)]
public sealed class ObserveTests
{
    private const string Draft = """
        app: shop
        unmatched: pass
        rules:
          - id: draft
            mode: observe
            until: 2099-12-31
            match: {path: /pay/**}
            request:
              - encrypt: {json: [$.card, $.cvc]}
                role: card
                required: [$.card]
            response:
              - mask: {json: [$.card], last: 4}
                role: card
        """;

    private static string Observed(string outcome, string direction = "request", string code = "none", string rule = "draft") =>
        $"e3_relay_rules_observed_total\\{{[^}}]*code=\"{code}\",direction=\"{direction}\",outcome=\"{outcome}\",rule=\"{rule}\"[^}}]*\\}} 1";

    [Theory]
    [InlineData("""{"card":"4242424242424242", "cvc":1}""", "application/json", "selected", "none")]
    [InlineData("""{"other":1}""", "application/json", "refused", "required-missing")]
    [InlineData("""{"card":null}""", "application/json", "selected-nothing", "none")]
    [InlineData("{\"card\": broken", "application/json", "refused", "malformed-body")]
    [InlineData("{\"card\":1,\"card\":2}", "application/json", "refused", "repeated-member")]
    [InlineData("\u0000\u0001", "application/octet-stream", "refused", "unsupported-content-type")]
    [InlineData("x", null, "refused", "missing-content-type")]
    [InlineData("{}", "application/json; charset=utf-16", "refused", "unsupported-charset")]
    public async Task Request_WhateverItHolds_PassesByteByByteAndIsCounted(string body, string? contentType, string outcome, string code)
    {
        await using TestRelay relay = await TestRelay.StartAsync(Draft);
        using HttpResponseMessage response = await relay.PostAsync("/pay/1", body, contentType);
        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal(body, Assert.Single(relay.Upstream.Requests).Text);
        Assert.All(relay.Ciphers.Values, cipher => Assert.Empty(cipher.Groups));
        string metrics = await relay.MetricsAsync();
        Assert.Matches(Observed(outcome, code: code), metrics);
        Assert.Matches("e3_relay_rules_matched_total\\{[^}]*rule=\"draft\"[^}]*\\} 1", metrics);
        if (outcome == "selected")
            Assert.Matches("e3_relay_rules_observed_fields_total\\{[^}]*action=\"encrypt\",rule=\"draft\"[^}]*\\} 2", metrics);
    }

    [Fact]
    public async Task Request_InSmallChunksOrCompressed_PassesAsItCame()
    {
        await using TestRelay relay = await TestRelay.StartAsync(Draft);
        await relay.SendRawAsync("POST /pay/1 HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{\"c\r\n8\r\nard\":17}\r\n0\r\n\r\n");
        await relay.SendRawAsync("POST /pay/1 HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd");
        Assert.Equal(["""{"card":17}""", "abcd"], relay.Upstream.Requests.Select(request => request.Text));
        string metrics = await relay.MetricsAsync();
        Assert.Matches(Observed("selected"), metrics);
        Assert.Matches(Observed("refused", code: "malformed-content-coding"), metrics);
    }

    [Fact]
    public async Task Request_LargerThanTheLimit_PassesAndIsCounted()
    {
        await using TestRelay relay = await TestRelay.StartAsync(Draft, settings: new Dictionary<string, string?> { ["Relay:Limits:BodyBytesMax"] = "1024" });
        string body = $$"""{"card":"{{new string('4', 200_000)}}"}""";
        using HttpResponseMessage response = await relay.PostAsync("/pay/1", body);
        Assert.Equal(body, Assert.Single(relay.Upstream.Requests).Text);
        Assert.Matches(Observed("refused", code: "body-too-large"), await relay.MetricsAsync());
    }

    [Fact]
    public async Task Request_UpgradeOnAnObservedRoute_IsNotRefused()
    {
        await using TestRelay relay = await TestRelay.StartAsync(Draft);
        relay.Upstream.Answer = context => context.Response.WriteAsync("no upgrade");
        RawHttpResponse response = await relay.SendRawAsync("GET /pay/1 HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
        Assert.Equal("no upgrade", response.Text);
        Assert.Matches(Observed("refused", code: "cannot-inspect"), await relay.MetricsAsync());
    }

    [Fact]
    public async Task Response_ObservedOnly_KeepsBytesAndCachingHeaders()
    {
        await using TestRelay relay = await TestRelay.StartAsync(Draft);
        relay.Upstream.Answer = async context =>
        {
            (context.Response.Headers.CacheControl, context.Response.Headers.ETag) = ("public, max-age=60", "\"1\"");
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync("""{"card" : "4242424242424242"}""");
        };
        RawHttpResponse response = await relay.SendRawAsync("GET /pay/1 HTTP/1.1\r\nHost: shop\r\nAccept-Encoding: gzip\r\nIf-None-Match: \"2\"\r\n\r\n");
        Assert.Equal("""{"card" : "4242424242424242"}""", response.Text);
        Assert.Equal(("public, max-age=60", "\"1\"", null), (response.Header("Cache-Control"), response.Header("ETag"), response.Header("Vary")));
        RecordedRequest seen = Assert.Single(relay.Upstream.Requests);
        Assert.Equal(("gzip", "\"2\""), (seen.Header("Accept-Encoding"), seen.Header("If-None-Match")));
        string metrics = await relay.MetricsAsync();
        Assert.Matches(Observed("selected", "response"), metrics);
        Assert.Matches("e3_relay_rules_observed_fields_total\\{[^}]*action=\"mask\",rule=\"draft\"[^}]*\\} 1", metrics);
        Assert.Equal(["passed"], relay.Outcomes);
    }

    [Theory]
    [InlineData("compress", 200, "unseen", "none")]
    [InlineData("gzip", 200, "refused", "response-content-coding")]
    [InlineData(null, 206, "unseen", "none")]
    public async Task Response_ThatCannotBeSeen_PassesAndIsCounted(string? coding, int status, string outcome, string code)
    {
        await using TestRelay relay = await TestRelay.StartAsync(Draft);
        relay.Upstream.Answer = async context =>
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = "application/json";
            if (coding is not null)
                context.Response.Headers.ContentEncoding = coding;
            await context.Response.WriteAsync("part");
        };
        using HttpResponseMessage response = await relay.Client.GetAsync(relay.Uri("public", "/pay/1"));
        Assert.Equal((status, "part"), ((int)response.StatusCode, await response.Content.ReadAsStringAsync()));
        Assert.Matches(Observed(outcome, "response", code), await relay.MetricsAsync());
    }

    [Theory]
    [MemberData(nameof(Compressed.Names), MemberType = typeof(Compressed))]
    public async Task Compressed_BothWays_IsLookedIntoAndPassesAsItCame(string coding)
    {
        await using TestRelay relay = await TestRelay.StartAsync(Draft);
        byte[] body = Compressed.Make(coding, """{"card":"4242424242424242"}""");
        relay.Upstream.Answer = async context =>
        {
            context.Response.ContentType = "application/json";
            context.Response.Headers.ContentEncoding = coding;
            await context.Response.Body.WriteAsync(body);
        };
        using var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        content.Headers.TryAddWithoutValidation("Content-Encoding", coding);
        using HttpResponseMessage response = await relay.Client.PostAsync(relay.Uri("public", "/pay/1"), content);
        Assert.Equal(body, await response.Content.ReadAsByteArrayAsync());
        Assert.Equal(body, Assert.Single(relay.Upstream.Requests).Body);
        string metrics = await relay.MetricsAsync();
        Assert.Matches(Observed("selected"), metrics);
        Assert.Matches(Observed("selected", "response"), metrics);
    }

    [Fact]
    public async Task ObservingRule_BesideOneThatIsApplied_SeesWhatCameAndTakesNothingFromIt()
    {
        const string Both = """
            app: shop
            rules:
              - id: applied
                match: {path: /pay/**}
                request:
                  - encrypt: {json: [$.card]}
                    role: card
              - id: draft
                mode: observe
                until: 2099-12-31
                match: {path: /pay/**}
                request:
                  - hash: {json: ['$.*']}
                    role: other
            """;
        await using TestRelay relay = await TestRelay.StartAsync(Both);
        await relay.PostAsync("/pay/1", """{"card":"4242","name":"Ada"}""");
        Assert.Equal("4242", FakeCipher.Plain(Assert.Single(relay.Upstream.Requests).Text["{\"card\":\"".Length..^",\"name\":\"Ada\"}".Length].TrimEnd('"')));
        Assert.Equal("card", Assert.Single(relay.Requests.Groups).Role);
        string metrics = await relay.MetricsAsync();
        Assert.Matches(Observed("selected"), metrics);
        Assert.Matches("e3_relay_rules_observed_fields_total\\{[^}]*action=\"hash\",rule=\"draft\"[^}]*\\} 2", metrics);
    }

    [Theory]
    [InlineData("GET /pay/1?pan=4242 HTTP/1.1\r\nHost: shop\r\nX-Card: 17\r\nCookie: a=1\r\nCookie: c=9\r\n\r\n", "selected", "none", 3)]
    [InlineData("GET /pay/1?x=1 HTTP/1.1\r\nHost: shop\r\nCookie: a=1\r\n\r\n", "selected-nothing", "none", 0)]
    [InlineData("GET /pay/1?pan=e3.%FF&pan=1 HTTP/1.1\r\nHost: shop\r\n\r\n", "refused", "*", 0)]
    public async Task Head_OfARequest_PassesAsItCameAndIsCounted(string request, string outcome, string code, int fields)
    {
        const string Head = """
            app: shop
            unmatched: pass
            rules:
              - id: draft
                mode: observe
                until: 2099-12-31
                match: {path: /pay/**}
                request:
                  - encrypt: {query: [pan], header: [X-Card], cookie: [c]}
                    role: card
            """;
        await using TestRelay relay = await TestRelay.StartAsync(Head), plain = await TestRelay.StartAsync("app: shop\nunmatched: pass\nrules: []");
        await relay.SendRawAsync(request);
        await plain.SendRawAsync(request);
        RecordedRequest seen = Assert.Single(relay.Upstream.Requests), expected = Assert.Single(plain.Upstream.Requests);
        Assert.Equal((expected.RawTarget, expected.Header("Cookie"), expected.Header("X-Card")), (seen.RawTarget, seen.Header("Cookie"), seen.Header("X-Card")));
        string metrics = await relay.MetricsAsync();
        Assert.Matches(code == "*" ? Observed(outcome, code: "[a-z-]+") : Observed(outcome, code: code), metrics);
        if (fields > 0)
            Assert.Matches($"e3_relay_rules_observed_fields_total\\{{[^}}]*rule=\"draft\"[^}}]*\\}} {fields}", metrics);
        Assert.Empty(relay.Requests.Groups);
    }

    [Fact]
    public async Task Route_WithAnObservingRuleOnly_IsStillOneThatNoRuleIsFor()
    {
        await using TestRelay relay = await TestRelay.StartAsync(Draft.Replace("unmatched: pass\n", "", StringComparison.Ordinal));
        using HttpResponseMessage response = await relay.PostAsync("/pay/1", """{"card":"4242"}""");
        await Answers.AssertProblemAsync(response, 403, "unmatched-body");
    }

    [Fact]
    public async Task Health_OfObservingRules_ShowsThemAndWhetherTheyAreOverdue()
    {
        string rules = Draft + "\n  - {id: forgotten, mode: observe, until: 2020-01-31, match: {path: /old}, request: [{redact: {json: [$.a]}}]}\n";
        await using TestRelay relay = await TestRelay.StartAsync(rules);
        using HttpResponseMessage health = await relay.Client.GetAsync(relay.Uri(ProxyHost.ManagementName, "/health/ready"));
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        Assert.Contains("\"observing\":[{\"rule\":\"draft\",\"until\":\"2099-12-31\",\"overdue\":false},{\"rule\":\"forgotten\",\"until\":\"2020-01-31\",\"overdue\":true}]",
            await health.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        string metrics = await relay.MetricsAsync();
        Assert.Matches("e3_relay_rules_observing\\{[^}]*listener=\"public\",overdue=\"false\"[^}]*\\} 1", metrics);
        Assert.Matches("e3_relay_rules_observing\\{[^}]*listener=\"public\",overdue=\"true\"[^}]*\\} 1", metrics);
        await TimeBound.UntilAsync(() => relay.Log.Lines.Any(line => line.Contains(" 1024 ", StringComparison.Ordinal)), "the overdue rule is spoken of");
        Assert.Contains("forgotten", Assert.Single(relay.Log.Lines, line => line.Contains(" 1024 ", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OverdueRule_StillOnlyObserves()
    {
        await using TestRelay relay = await TestRelay.StartAsync(Draft.Replace("2099", "2020", StringComparison.Ordinal));
        await relay.PostAsync("/pay/1", """{"card":"4242"}""");
        Assert.Equal("""{"card":"4242"}""", Assert.Single(relay.Upstream.Requests).Text);
        Assert.Matches(Observed("selected"), await relay.MetricsAsync());
    }
}
