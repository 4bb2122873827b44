using System.Net;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Proxy.Ciphers;
using E3.Relay.Proxy.Tests.Hosting;
using E3.Relay.Testing;
using Microsoft.AspNetCore.Http;

namespace E3.Relay.Proxy.Tests;

[Collection(Alone.Name)]
public sealed class HeadRuleTests
{
    private const string Number = "4242424242424242";

    private const string Rules = """
        app: shop
        rules:
          - id: head-in
            match: {path: /customers/*/**, methods: [GET, POST]}
            otherTypes: pass
            request:
              - encrypt:
                  query: [pan]
                  header: [X-Card]
                  cookie: [card]
                  path: {segment: 2}
                  json: [$.card]
                role: card
          - id: head-out
            match: {path: /answers/**, methods: [GET, HEAD]}
            response:
              - mask: {header: [X-Card], cookie: [card], last: 4}
                role: card
          - id: both-out
            match: {path: /both/**, methods: [GET, HEAD]}
            response:
              - mask: {header: [X-Card], json: [$.card], last: 4}
                role: card
          - id: opened
            match: {path: /opened/*, methods: [GET]}
            request:
              - decrypt: {query: [pan], header: [X-Card], cookie: [card], path: {segment: 2}}
                role: card
          - id: tokens-out
            match: {path: /comments/**, methods: [GET]}
            response:
              - decrypt: {tokens: true}
                role: card
                bind: ["path:2"]
          - id: draft
            mode: observe
            until: 2099-12-31
            match: {path: /drafts/**}
            request:
              - encrypt: {query: [pan], header: [X-Card]}
                role: card
          - id: body-only
            match: {path: /checkout/**, methods: [POST]}
            request:
              - encrypt: {json: [$.card]}
                role: card
        """;

    [Fact]
    public async Task Get_WithSelectedValuesInItsHead_ReachesTheUpstreamEncryptedAndOtherwiseUnchanged()
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        RawHttpResponse response = await relay.SendRawAsync(
            $"GET /%63ustomers/{Number}/orders?a=%7e&pan={Number}&b HTTP/1.1\r\nHost: shop\r\nX-Card: {Number}\r\nX_Card: 5\r\nx-other: {Number}x\r\nCookie: a=1; card=\"{Number}\"; b=2\r\n\r\n");
        Assert.Equal(200, response.Status);
        RecordedRequest seen = Assert.Single(relay.Upstream.Requests);
        string[] parts = seen.RawTarget.Split('/', '?', '&');
        Assert.Equal(["", "customers", "orders", "a=%7e", "b"], [parts[0], parts[1], parts[3], parts[4], parts[6]]);
        Assert.Equal(Number, FakeCipher.Plain(parts[2]));
        Assert.Equal(Number, FakeCipher.Plain(parts[5]["pan=".Length..]));
        Assert.Equal(Number, FakeCipher.Plain(seen.Header("X-Card")!));
        Assert.Equal("5", FakeCipher.Plain(seen.Header("X_Card")!));
        Assert.Equal(Number + "x", seen.Header("X-Other"));
        string cookie = seen.Header("Cookie")!;
        Assert.StartsWith("a=1; card=\"e3.", cookie, StringComparison.Ordinal);
        Assert.Equal(Number, FakeCipher.Plain(cookie["a=1; card=\"".Length..^"\"; b=2".Length]));
        Assert.Single(relay.Requests.Groups);
        Assert.Matches("e3_relay_fields_total\\{[^}]*outcome=\"encrypted\"[^}]*\\} 5", await relay.MetricsAsync());
    }

    [Fact]
    public async Task Post_WithSelectedValuesInHeadAndBody_AsksTheEngineOnce()
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        int calls = 0;
        relay.Requests.Before = _ =>
        {
            calls++;
            return Task.CompletedTask;
        };
        using HttpResponseMessage response = await relay.PostAsync($"/customers/{Number}/cards?pan={Number}", $$"""{ "card": "{{Number}}" }""");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        RecordedRequest seen = Assert.Single(relay.Upstream.Requests);
        Assert.Equal(1, calls);
        Assert.DoesNotContain(Number, seen.RawTarget + seen.Text, StringComparison.Ordinal);
        Assert.Equal(Number, FakeCipher.Plain(seen.Text[11..^3]));
        Assert.Equal(seen.Body.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), seen.Header("Content-Length"));
    }

    [Theory]
    [InlineData("head")]
    [InlineData("body")]
    public async Task Field_ThatTheEngineRefusesInOnePart_KeepsBothFromTheUpstream(string part)
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        string refused = part == "head" ? "1111" : "2222";
        relay.Requests.Instead = (_, item) => item.Value.Span.SequenceEqual(System.Text.Encoding.ASCII.GetBytes(refused)) ? new TransformResult(ErrorCode.ValueInvalid, default, default) : null;
        using HttpResponseMessage response = await relay.PostAsync("/customers/7/cards?pan=1111", """{"card":"2222"}""");
        await Answers.AssertProblemAsync(response, 422, "value-not-accepted", "head-in");
        Assert.Equal(0, relay.Upstream.Arrived);
    }

    [Fact]
    public async Task Head_WithoutAnEngine_Is503AndNothingGoesUpstream()
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        relay.Requests.Before = _ => throw new CipherException(ErrorCode.None);
        RawHttpResponse response = await relay.SendRawAsync("GET /customers/7/x HTTP/1.1\r\nHost: shop\r\n\r\n");
        Answers.AssertProblem(response, 503, "engine-unavailable");
        Assert.Equal(0, relay.Upstream.Arrived);
    }

    [Theory]
    [InlineData("/customers/7/x?a=1;pan=4242", "", "ambiguous-query")]
    [InlineData("/customers/7/x", "Cookie: a=1, card=4242\r\n", "ambiguous-cookie")]
    [InlineData("/customers/7/x", "Cookie: $Version=1; card=4242\r\n", "ambiguous-cookie")]
    [InlineData("/customers/7/x", "X-Card: caf\u00E9\r\n", "ambiguous-header")]
    public async Task Head_ThatServersReadDifferently_IsRefused(string target, string header, string code)
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        RawHttpResponse response = await relay.SendRawAsync($"GET {target} HTTP/1.1\r\nHost: shop\r\n{header}\r\n");
        Answers.AssertProblem(response, 400, code);
        Assert.Equal(0, relay.Upstream.Arrived);
        Assert.Empty(relay.Requests.Groups);
    }

    [Fact]
    public async Task Cookies_InSeveralLines_BecomeOneLineAndOldFieldsAreRemoved()
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        await relay.SendRawAsync("GET /customers/7/x HTTP/1.1\r\nHost: shop\r\nCookie: a=1\r\nCookie: card=5\r\nCookie2: $Version=1\r\n\r\n");
        RecordedRequest seen = Assert.Single(relay.Upstream.Requests);
        Assert.StartsWith("a=1; card=e3.", seen.Header("Cookie"), StringComparison.Ordinal);
        Assert.Null(seen.Header("Cookie2"));
    }

    [Fact]
    public async Task HeaderField_ThatIsRepeated_IsEncryptedInEveryLine()
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        await relay.SendRawAsync("GET /customers/7/x HTTP/1.1\r\nHost: shop\r\nX-Card: 1, 2\r\nX-Card: 3\r\n\r\n");
        Assert.Equal(["1, 2", "3"], Assert.Single(relay.Upstream.Requests).Header("X-Card")!.Split(", ").Select(FakeCipher.Plain));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b+\u00E9/?#&%zz")]
    public async Task Query_Decrypted_IsEncodedForItsPlace(string value)
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        RawHttpResponse response = await relay.SendRawAsync($"GET /opened/x?pan={FakeCipher.Token(value)} HTTP/1.1\r\nHost: shop\r\n\r\n");
        Assert.Equal(200, response.Status);
        Assert.Equal($"/opened/x?pan={Uri.EscapeDataString(value)}", Assert.Single(relay.Upstream.Requests).RawTarget);
    }

    [Theory]
    [InlineData("/opened/{0}", "", "..")]
    [InlineData("/opened/{0}", "", "a/b")]
    [InlineData("/opened/{0}", "", "")]
    [InlineData("/opened/x", "X-Card: {0}\r\n", "a\r\nX-Admin: 1")]
    [InlineData("/opened/x", "X-Card: {0}\r\n", "a\0")]
    [InlineData("/opened/x", "X-Card: {0}\r\n", "\u00E9")]
    [InlineData("/opened/x", "Cookie: card={0}\r\n", "a; admin=1")]
    public async Task Decrypted_ValueThatCannotStandInItsPlace_IsRefused(string target, string header, string value)
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        string token = FakeCipher.Token(value);
        string request = $"GET {target} HTTP/1.1\r\nHost: shop\r\n{header}\r\n".Replace("{0}", token, StringComparison.Ordinal);
        Answers.AssertProblem(await relay.SendRawAsync(request), 422, "cannot-decrypt");
        Assert.Equal(0, relay.Upstream.Arrived);
    }

    [Fact]
    public async Task Decrypted_HeaderOfNothing_IsSentEmpty()
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        RawHttpResponse response = await relay.SendRawAsync($"GET /opened/x HTTP/1.1\r\nHost: shop\r\nX-Card: {FakeCipher.Token("")}\r\nCookie: card={FakeCipher.Token("5")}; b=1\r\n\r\n");
        Assert.Equal(200, response.Status);
        RecordedRequest seen = Assert.Single(relay.Upstream.Requests);
        Assert.Equal("", seen.Header("X-Card"));
        Assert.Equal("card=5; b=1", seen.Header("Cookie"));
    }

    [Fact]
    public async Task Response_HeadersAndCookies_AreMaskedBeforeTheyStart()
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        relay.Upstream.Answer = async context =>
        {
            context.Response.Headers["X-Card"] = new[] { Number, FakeCipher.Token("5555666677778888") };
            context.Response.Headers.SetCookie = new[] { "a=1; Path=/", $"card={Number}; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT; HttpOnly" };
            context.Response.Headers["Set-Cookie2"] = $"card={Number}";
            context.Response.Headers.Trailer = "X-Card";
            context.Response.ContentType = "text/plain";
            await context.Response.WriteAsync("any body");
        };
        RawHttpResponse response = await relay.SendRawAsync("GET /answers/1 HTTP/1.1\r\nHost: shop\r\n\r\n");
        Assert.Equal(200, response.Status);
        Assert.Equal("any body", response.Text);
        Assert.Equal(["************4242", "************8888"], response.Headers.Where(header => header.Key == "X-Card").Select(header => header.Value));
        Assert.Equal(
            ["a=1; Path=/", "card=************4242; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT; HttpOnly"],
            response.Headers.Where(header => header.Key == "Set-Cookie").Select(header => header.Value));
        Assert.Null(response.Header("Set-Cookie2"));
        Assert.Null(response.Header("Trailer"));
        Assert.Equal("private, no-store", response.Header("Cache-Control"));
    }

    [Theory]
    [InlineData("GET", 204)]
    [InlineData("GET", 304)]
    [InlineData("HEAD", 200)]
    public async Task Response_WithoutABody_HasItsHeadersMasked(string method, int status)
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        relay.Upstream.Answer = context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers["X-Card"] = Number;
            return Task.CompletedTask;
        };
        RawHttpResponse response = await relay.SendRawAsync($"{method} /both/1 HTTP/1.1\r\nHost: shop\r\n\r\n", toHead: true);
        Assert.Equal(status, response.Status);
        Assert.Equal("************4242", response.Header("X-Card"));
    }

    [Fact]
    public async Task Response_WithSelectedValuesInHeadAndBody_AsksTheEngineOnce()
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        relay.Upstream.Answer = async context =>
        {
            context.Response.Headers["X-Card"] = Number;
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync($$"""{"card":"{{Number}}"}""");
        };
        RawHttpResponse response = await relay.SendRawAsync("GET /both/1 HTTP/1.1\r\nHost: shop\r\n\r\n");
        Assert.Equal("************4242", response.Header("X-Card"));
        Assert.Equal("""{"card":"************4242"}""", response.Text);
        Assert.Equal([1, 1], relay.Masked.Groups.Select(group => group.Items.Count));
    }

    [Theory]
    [InlineData("Set-Cookie", "a=1, card=4242", "ambiguous-cookie")]
    [InlineData("X-Card", "\u00E9", "ambiguous-header")]
    public async Task Response_ThatClientsReadDifferently_IsRefusedAndShowsNothing(string name, string value, string code)
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        relay.Upstream.Answer = context =>
        {
            context.Response.Headers[name] = value;
            return context.Response.WriteAsync("body");
        };
        RawHttpResponse response = await relay.SendRawAsync("GET /answers/1 HTTP/1.1\r\nHost: shop\r\n\r\n");
        Answers.AssertProblem(response, 502, code);
        Assert.Null(response.Header(name));
    }

    [Fact]
    public async Task Body_UnderARuleForBodiesAlone_LeavesTheHeadAsItCame()
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        using HttpResponseMessage response = await relay.PostAsync("/checkout/1?pan=4242", """{"card":"5"}""");
        Assert.Equal("/checkout/1?pan=4242", Assert.Single(relay.Upstream.Requests).RawTarget);
        Assert.Single(Assert.Single(relay.Requests.Groups).Items);
    }

    [Fact]
    public async Task RequestRange_WhereResponseRulesApply_IsNotSentUp()
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        await relay.SendRawAsync("GET /both/1 HTTP/1.1\r\nHost: shop\r\nRequest-Range: bytes=0-1\r\nRange: bytes=0-1\r\n\r\n");
        RecordedRequest seen = Assert.Single(relay.Upstream.Requests);
        Assert.Null(seen.Header("Request-Range"));
        Assert.Null(seen.Header("Range"));
    }

    [Fact]
    public async Task Tokens_AnywhereInABody_AreOpenedUnderTheirContextAlone()
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        byte[] context = [0, 0, 0, 1, (byte)'7'];
        string other = FakeCipher.Token(Number);
        string bound = FakeCipher.Token("a \"card\"", context: context), number = FakeCipher.Token("42", type: DataType.Number, context: context);
        relay.Upstream.AnswerWith("application/json", $$"""{"comment":"see {{bound}} and {{other}}.","n":"{{number}}"}""");
        string body = await relay.Client.GetStringAsync(relay.Uri("public", "/comments/7"));
        Assert.Equal($$"""{"comment":"see a \u0022card\u0022 and {{other}}.","n":42}""", body);
        Assert.Matches("e3_relay_fields_total\\{[^}]*outcome=\"unopenable\"[^}]*\\} 1", await relay.MetricsAsync());
    }

    [Theory]
    [InlineData("/drafts/1?pan=4242", "", "selected", "none", 1)]
    [InlineData("/drafts/1?pan=4242", "X-Card: 5\r\n", "selected", "none", 2)]
    [InlineData("/drafts/1?a=1", "", "selected-nothing", "none", 0)]
    [InlineData("/drafts/1?a=1;pan=4242", "", "refused", "ambiguous-query", 0)]
    public async Task ObservingRule_OfAHead_CountsAndChangesNothing(string target, string header, string outcome, string code, int fields)
    {
        await using TestRelay relay = await TestRelay.StartAsync("unmatched: pass\n" + Rules);
        RawHttpResponse response = await relay.SendRawAsync($"GET {target} HTTP/1.1\r\nHost: shop\r\n{header}\r\n");
        Assert.Equal(200, response.Status);
        Assert.Equal(target, Assert.Single(relay.Upstream.Requests).RawTarget);
        string metrics = await relay.MetricsAsync();
        Assert.Matches($"e3_relay_rules_observed_total\\{{[^}}]*code=\"{code}\",direction=\"request\",outcome=\"{outcome}\",rule=\"draft\"[^}}]*\\}} 1", metrics);
        Assert.Equal(fields > 0, System.Text.RegularExpressions.Regex.IsMatch(metrics, "e3_relay_rules_observed_fields_total"));
    }

    [Fact]
    public async Task Values_OfHeads_AreInNoLogAndNoMetric()
    {
        const string Canary = "canary7f3a9";
        await using TestRelay relay = await TestRelay.StartAsync(Rules, settings: new Dictionary<string, string?> { ["Logging:LogLevel:Default"] = "Trace", ["Logging:LogLevel:E3.Relay"] = "Trace" });
        var answers = new List<string>();
        string head = $"X-Card: {Canary}\r\nCookie: card={Canary}\r\n";
        answers.Add((await relay.SendRawAsync($"GET /customers/{Canary}/x?pan={Canary} HTTP/1.1\r\nHost: shop\r\n{head}\r\n")).Text);
        answers.Add((await relay.SendRawAsync($"GET /customers/{Canary}/x?a=1;pan={Canary} HTTP/1.1\r\nHost: shop\r\n{head}\r\n")).Text);
        answers.Add((await relay.SendRawAsync($"GET /opened/{FakeCipher.Token(Canary + "/..")} HTTP/1.1\r\nHost: shop\r\n\r\n")).Text);
        relay.Upstream.Answer = context =>
        {
            context.Response.Headers.SetCookie = $"a=1, card={Canary}";
            return Task.CompletedTask;
        };
        answers.Add((await relay.SendRawAsync("GET /answers/1 HTTP/1.1\r\nHost: shop\r\n\r\n")).Text);
        Assert.All(answers.Skip(1), answer => Assert.Contains("urn:e3-relay:error:", answer, StringComparison.Ordinal));
        Assert.DoesNotContain(answers, answer => answer.Contains(Canary, StringComparison.Ordinal));
        Assert.DoesNotContain(relay.Log.Lines, line => line.Contains(Canary, StringComparison.Ordinal));
        Assert.DoesNotContain(Canary, await relay.MetricsAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, Assert.Single(relay.Upstream.Requests.SkipLast(1)).RawTarget, StringComparison.Ordinal);
    }
}
