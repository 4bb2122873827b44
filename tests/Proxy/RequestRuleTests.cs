using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Proxy.Tests.Hosting;
using E3.Relay.Testing;

namespace E3.Relay.Proxy.Tests;

public sealed class RequestRuleTests
{
    private const string Card = """{ "card" : {"number":"4242424242424242", "cvc": 123, "name":"Ada" } , "total":1.10}""";

    [Fact]
    public async Task Json_WithSelectedFields_ReachesTheUpstreamEncryptedAndOtherwiseUnchanged()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        using HttpResponseMessage response = await relay.PostAsync("/checkout/card", Card);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        RecordedRequest seen = Assert.Single(relay.Upstream.Requests);
        (string number, string cvc) = Tokens(seen);
        Assert.Equal("4242424242424242", FakeCipher.Plain(number));
        Assert.Equal("123", FakeCipher.Plain(cvc));
        Assert.Equal(Card.Replace("4242424242424242", number, StringComparison.Ordinal).Replace(": 123", $": \"{cvc}\"", StringComparison.Ordinal), seen.Text);
        Assert.Equal(seen.Body.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), seen.Header("Content-Length"));
    }

    [Fact]
    public async Task Form_WithSelectedFields_ReachesTheUpstreamEncryptedAndOtherwiseUnchanged()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        using HttpResponseMessage response = await relay.PostAsync("/checkout/form", "name=Ada+L&card_number=4242+4242&card%5Bcvc%5D=123&x=%41", "application/x-www-form-urlencoded");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        string[] pairs = Assert.Single(relay.Upstream.Requests).Text.Split('&');
        Assert.Equal("name=Ada+L", pairs[0]);
        Assert.Equal("4242 4242", FakeCipher.Plain(pairs[1]["card_number=".Length..]));
        Assert.Equal("123", FakeCipher.Plain(pairs[2]["card%5Bcvc%5D=".Length..]));
        Assert.Equal("x=%41", pairs[3]);
    }

    [Theory]
    [InlineData("/%63heckout/card", "/checkout/card")]
    [InlineData("/CHECKOUT/card", "/CHECKOUT/card")]
    [InlineData("/checkout", "/checkout")]
    [InlineData("/checkout/", "/checkout/")]
    [InlineData("/checkout?x=%2F..%2F", "/checkout?x=%2F..%2F")]
    [InlineData("/%43heckout/%C3%A9", "/Checkout/%C3%A9")]
    public async Task Target_InAnotherSpelling_GetsTheRuleAndIsForwardedInItsNormalForm(string target, string forwarded)
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        RawHttpResponse response = await relay.SendRawAsync(Post(target, Card));
        Assert.Equal(200, response.Status);
        RecordedRequest seen = Assert.Single(relay.Upstream.Requests);
        Assert.Equal("4242424242424242", FakeCipher.Plain(Tokens(seen).Number));
        Assert.Equal(forwarded, seen.RawTarget);
    }

    [Fact]
    public async Task Method_InAnotherCase_DoesNotCarryPlaintextPastTheRule()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        await relay.SendRawAsync(Post("/checkout/card", Card).Replace("POST", "post", StringComparison.Ordinal));
        Assert.DoesNotContain(relay.Upstream.Requests, seen => seen.Text.Contains("4242424242424242", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("PathPrefix", "/base/inner/checkout/a%20%C3%A9?q=A")]
    [InlineData(null, "/base/checkout/a%20%c3%a9?q=%41")]
    public async Task Destination_WithAPathOfItsOwn_GetsTheTargetBelowIt(string? transform, string forwarded)
    {
        await using Upstream other = await Upstream.StartAsync();
        await using TestRelay relay = await TestRelay.StartAsync(settings: new Dictionary<string, string?>
        {
            ["ReverseProxy:Clusters:upstream:Destinations:one:Address"] = other.Address + "/base/",
            [transform is null ? "Ignored" : $"ReverseProxy:Routes:all:Transforms:0:{transform}"] = "/inner",
        });
        RawHttpResponse response = await relay.SendRawAsync(Post("/checkout/a%20%c3%a9?q=%41", Card));
        Assert.Equal(200, response.Status);
        Assert.Equal(forwarded, Assert.Single(other.Requests).RawTarget, ignoreCase: true);
        Assert.DoesNotContain("4242424242424242", other.Requests[0].Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"CARD":{"Number":"4242424242424242"}}""")]
    [InlineData("""{"card":{"NUMBER":"4242424242424242"}}""")]
    [InlineData("""{"card":{"num\u0062er":"4242424242424242"}}""")]
    public async Task Member_InAnotherSpelling_IsEncrypted(string body)
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        using HttpResponseMessage response = await relay.PostAsync("/checkout/card", body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.DoesNotContain("4242424242424242", Assert.Single(relay.Upstream.Requests).Text, StringComparison.Ordinal);
        Assert.Equal(1, relay.Requests.Groups.Sum(group => group.Items.Count));
    }

    [Theory]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("APPLICATION/JSON")]
    [InlineData("application/vnd.shop+json")]
    public async Task ContentType_OfJson_GetsTheRule(string contentType)
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        using HttpResponseMessage response = await relay.PostAsync("/checkout/card", Card, contentType);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.DoesNotContain("4242424242424242", Assert.Single(relay.Upstream.Requests).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("chunked")]
    [InlineData("length")]
    public async Task Body_InManyPieces_IsEncryptedWhole(string framing)
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        using RawHttpConnection connection = await RawHttpConnection.ConnectAsync(relay.PublicPort);
        string header = framing == "chunked" ? "Transfer-Encoding: chunked" : $"Content-Length: {Card.Length}";
        await connection.SendAsync($"POST /checkout/card HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n{header}\r\n\r\n");
        for (int at = 0; at < Card.Length; at += 7)
        {
            string piece = Card[at..Math.Min(at + 7, Card.Length)];
            await connection.SendAsync(framing == "chunked" ? $"{piece.Length:x}\r\n{piece}\r\n" : piece);
        }

        if (framing == "chunked")
            await connection.SendAsync("0\r\n\r\n");
        RawHttpResponse? response = await connection.ReadResponseAsync();
        Assert.Equal(200, response?.Status);
        RecordedRequest seen = Assert.Single(relay.Upstream.Requests);
        Assert.Equal("4242424242424242", FakeCipher.Plain(Tokens(seen).Number));
        Assert.Null(seen.Header("Transfer-Encoding"));
    }

    [Fact]
    public async Task Body_WithNothingSelected_ArrivesByteForByteAndIsCounted()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        const string Body = "{ \"other\" : [1.10, 1e400 ] }\n";
        using HttpResponseMessage response = await relay.PostAsync("/checkout/card", Body);
        Assert.Equal(Body, Assert.Single(relay.Upstream.Requests).Text);
        Assert.Empty(relay.Requests.Groups);
        Assert.Contains("e3_relay_operations_selected_nothing", await relay.MetricsAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Body_ThatWasChanged_LosesItsDigests()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        await relay.SendRawAsync(Post("/checkout/card", Card, "Content-MD5: x\r\nDigest: x\r\nRepr-Digest: x\r\nContent-Digest: x\r\nX-Kept: x\r\n"));
        RecordedRequest seen = Assert.Single(relay.Upstream.Requests);
        Assert.All(["Content-MD5", "Digest", "Repr-Digest", "Content-Digest"], name => Assert.Null(seen.Header(name)));
        Assert.Equal("x", seen.Header("X-Kept"));
    }

    [Theory]
    [InlineData("X-HTTP-Method-Override: GET")]
    [InlineData("x-http-method: GET")]
    [InlineData("X-Method-Override: GET")]
    [InlineData("X_HTTP_METHOD_OVERRIDE: GET")]
    [InlineData("X-Original-URL: /other")]
    [InlineData("X-Rewrite-URL: /other")]
    [InlineData("Content_Type: text/plain")]
    public async Task Override_Header_DoesNotReachTheUpstream(string header)
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        RawHttpResponse response = await relay.SendRawAsync(Post("/checkout/card", Card, header + "\r\n"));
        Assert.Equal(200, response.Status);
        Assert.Null(Assert.Single(relay.Upstream.Requests).Header(header.Split(':')[0]));
    }

    [Fact]
    public async Task Bind_ToThePath_IsPartOfTheContext()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        using HttpResponseMessage response = await relay.PostAsync("/bound/seven/x", Card);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        TransformGroup group = Assert.Single(relay.Requests.Groups);
        Assert.Equal("shop", group.App);
        Assert.Equal("card", group.Role);
        Assert.Equal([0, 0, 0, 5, .. "seven"u8], group.Context.ToArray());
    }

    [Fact]
    public async Task Token_OnARouteThatRefusesTokens_Is422AndNothingGoesUpstream()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        using HttpResponseMessage response = await relay.PostAsync("/checkout/card", CardWith(FakeCipher.Token("4242")));
        await Answers.AssertProblemAsync(response, 422, "token-not-accepted", "card-in");
        Assert.Equal(0, relay.Upstream.Arrived);
        Assert.Empty(relay.Requests.Groups);
    }

    [Fact]
    public async Task Token_ThatTheEngineOpens_StaysAsItIs()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        string body = CardWith(FakeCipher.Token("4242"));
        using HttpResponseMessage response = await relay.PostAsync("/retry/card", body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(body, Assert.Single(relay.Upstream.Requests).Text);
        Assert.Equal(TransformOperation.Verify, Assert.Single(relay.Requests.Groups).Operation);
    }

    [Theory]
    [InlineData("other-app", "card")]
    [InlineData("shop", "other-role")]
    public async Task Token_ThatDoesNotOpenHere_IsOrdinaryDataAndIsEncrypted(string app, string role)
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        string lookAlike = FakeCipher.Token("4242", app, role);
        using HttpResponseMessage response = await relay.PostAsync("/retry/card", CardWith(lookAlike));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        string number = Tokens(Assert.Single(relay.Upstream.Requests)).Number;
        Assert.NotEqual(lookAlike, number);
        Assert.Equal(lookAlike, FakeCipher.Plain(number));
    }

    [Theory]
    [InlineData(ErrorCode.ValueInvalid, 422, "value-not-accepted")]
    [InlineData(ErrorCode.LimitExceeded, 422, "value-not-accepted")]
    [InlineData(ErrorCode.OperationNotGranted, 403, "not-granted")]
    [InlineData(ErrorCode.RoleNotGranted, 403, "not-granted")]
    [InlineData(ErrorCode.AppUnknown, 500, "app-unknown")]
    [InlineData((ErrorCode)9999, 503, "engine-unavailable")]
    public async Task Field_ThatTheEngineRefuses_RefusesTheRequest(ErrorCode code, int status, string name)
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        relay.Requests.Instead = (_, item) => item.Value.Length == 3 ? new TransformResult(code, default, default) : null;
        using HttpResponseMessage response = await relay.PostAsync("/checkout/card", Card);
        await Answers.AssertProblemAsync(response, status, name, "card-in");
        Assert.Equal(0, relay.Upstream.Arrived);
    }

    [Fact]
    public async Task Requests_AtTheSameTime_KeepTheirValuesApart()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        relay.Upstream.Answer = context => Task.CompletedTask;
        await Parallel.ForAsync(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) =>
        {
            using HttpResponseMessage response = await relay.PostAsync($"/checkout/{i}", $$"""{"card":{"number":"number-{{i}}"},"pad":"{{new string('x', i * 20)}}"}""");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        });
        Assert.Equal(200, relay.Upstream.Requests.Count);
        Assert.All(relay.Upstream.Requests, seen => Assert.Equal("number-" + seen.RawTarget["/checkout/".Length..], FakeCipher.Plain(Tokens(seen).Number)));
    }

    private static string CardWith(string number) => $$$"""{"card":{"number":"{{{number}}}"}}""";

    private static string Post(string target, string body, string headers = "") =>
        $"POST {target} HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n{headers}Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}";

    private static (string Number, string Cvc) Tokens(RecordedRequest seen)
    {
        using JsonDocument document = JsonDocument.Parse(seen.Body);
        JsonElement card = document.RootElement.GetProperty("card");
        return (card.GetProperty("number").GetString()!, card.TryGetProperty("cvc", out JsonElement cvc) ? cvc.GetString()! : "");
    }

    [Fact]
    public async Task Documents_EachBoundToItself_MayBeMoreThanOneCallTakesGroups()
    {
        const string rules = """
            app: shop
            rules:
              - id: lines
                match: {path: /lines, methods: [POST]}
                request:
                  - encrypt: {json: [$.card]}
                    role: card
                    bind: ["json:$.id"]
            """;
        await using TestRelay relay = await TestRelay.StartAsync(rules);
        int count = (2 * ProtocolLimits.GroupsMax) + 1;
        string body = string.Concat(Enumerable.Range(0, count).Select(i => $$"""{"id":"{{i}}","card":"card of {{i}}"}""" + "\n"));
        using HttpResponseMessage response = await relay.PostAsync("/lines", body, "application/x-ndjson");
        Assert.Equal(200, (int)response.StatusCode);
        string[] lines = Assert.Single(relay.Upstream.Requests).Text.TrimEnd('\n').Split('\n');
        Assert.Equal(count, lines.Length);
        for (int i = 0; i < count; i++)
        {
            using JsonDocument line = JsonDocument.Parse(lines[i]);
            byte[] id = Encoding.UTF8.GetBytes(i.ToString(CultureInfo.InvariantCulture));
            Assert.Equal(FakeCipher.Token($"card of {i}", context: (byte[])[0, 0, 0, (byte)id.Length, .. id]), line.RootElement.GetProperty("card").GetString());
        }
    }
}
