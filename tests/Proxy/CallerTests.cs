using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Proxy.Tests.Hosting;

namespace E3.Relay.Proxy.Tests;

/// <summary>What rules do for a caller, by the claims of who was authenticated.</summary>
[Collection(Alone.Name)]
public sealed class CallerTests
{
    private const string Rules = """
        app: shop
        unmatched: pass
        rules:
          - id: in
            match: {path: /in, methods: [POST]}
            request:
              - encrypt: {json: [$.a]}
                role: card
                bind: ["claim:sub"]
          - id: masked
            match: {path: /masked}
            response:
              - decrypt: {json: [$.a]}
                role: card
                for: {scope: cards.read}
                else: {mask: {last: 4}}
          - id: left
            match: {path: /left}
            response:
              - decrypt: {json: [$.a]}
                role: card
                for: {scope: [cards.read, cards.admin], tenant: shop}
          - id: redacted
            match: {path: /redacted}
            response:
              - decrypt: {json: [$.a]}
                role: card
                for: {scp: cards.read}
                else: {redact: {with: no}}
          - id: refused
            match: {path: /refused}
            response:
              - decrypt: {json: [$.a]}
                role: card
                for: {scope: cards.read}
                else: refuse
          - id: partner
            match: {path: /partner, methods: [POST]}
            request:
              - decrypt: {json: [$.a]}
                role: card
                for: {scope: cards.send}
        """;

    private static async Task<HttpResponseMessage> SendAsync(TestRelay relay, string path, string? user, string? body = null, string header = "Test-User")
    {
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, relay.Uri("public", path));
        if (user is not null)
            request.Headers.TryAddWithoutValidation(header, user);
        if (body is not null)
            request.Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        return await relay.Client.SendAsync(request);
    }

    [Theory]
    [InlineData("/masked", "scope=cards.read", "4242424242424242")]
    [InlineData("/masked", "scope=openid cards.read", "4242424242424242")]
    [InlineData("/masked", "scope=cards.readonly", "************4242")]
    [InlineData("/masked", "scope=Cards.Read", "************4242")]
    [InlineData("/masked", "scp=cards.read", "************4242")]
    [InlineData("/masked", null, "************4242")]
    [InlineData("/left", "scope=cards.admin;tenant=shop", "4242424242424242")]
    [InlineData("/left", "scope=cards.admin;tenant=shop x", "token")]
    [InlineData("/left", "scope=cards.admin", "token")]
    [InlineData("/left", null, "token")]
    [InlineData("/redacted", "scp=a;scp=cards.read", "4242424242424242")]
    [InlineData("/redacted", "sub=ada", "no")]
    public async Task For_ResponseOfACaller_ShowsWhatTheClaimsAllow(string path, string? user, string seen)
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules, configure: TestUsers.Add);
        string token = FakeCipher.Token("4242424242424242");
        relay.Upstream.AnswerWith("application/json", $$"""{"a":"{{token}}"}""");
        using HttpResponseMessage response = await SendAsync(relay, path, user);
        Assert.Equal($$"""{"a":"{{(seen == "token" ? token : seen)}}"}""", await response.Content.ReadAsStringAsync());
        Assert.Equal("no-store, private", response.Headers.CacheControl?.ToString());
        Assert.Equal(["Authorization", "Cookie"], response.Headers.Vary);
    }

    [Fact]
    public async Task For_IdentityThatWasNotAuthenticated_HasNoClaims()
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules, configure: TestUsers.Add);
        relay.Upstream.AnswerWith("application/json", $$"""{"a":"{{FakeCipher.Token("4242424242424242")}}"}""");
        using HttpResponseMessage response = await SendAsync(relay, "/masked", "scope=cards.read", header: "Test-Stranger");
        Assert.Equal("""{"a":"************4242"}""", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task For_OneCallerAfterAnother_NeverGetsThePlanOfTheOther()
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules, configure: TestUsers.Add);
        relay.Upstream.AnswerWith("application/json", $$"""{"a":"{{FakeCipher.Token("4242424242424242")}}"}""");
        string[] seen = await Task.WhenAll(Enumerable.Range(0, 40).Select(async i =>
        {
            using HttpResponseMessage response = await SendAsync(relay, "/masked", i % 2 == 0 ? "scope=cards.read" : "scope=other");
            return await response.Content.ReadAsStringAsync();
        }));
        Assert.All(seen.Index(), one => Assert.Equal(one.Index % 2 == 0 ? """{"a":"4242424242424242"}""" : """{"a":"************4242"}""", one.Item));
    }

    [Theory]
    [InlineData("{\"a\":\"x\"}", 403)]
    [InlineData("{\"a\":null}", 200)]
    [InlineData("{\"b\":\"x\"}", 200)]
    public async Task Else_Refuse_IsA403WhereSomethingIsSelected(string body, int status)
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules, configure: TestUsers.Add);
        relay.Upstream.AnswerWith("application/json", body);
        using HttpResponseMessage response = await SendAsync(relay, "/refused", "scope=other");
        if (status == 403)
            await Answers.AssertProblemAsync(response, 403, "caller-not-allowed", "refused");
        else
            Assert.Equal(body, await response.Content.ReadAsStringAsync());
        Assert.Empty(relay.Masked.Groups);
    }

    [Fact]
    public async Task For_RequestOfACallerWhomItIsNotFor_IsRefusedAndNothingGoesUpstream()
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules, configure: TestUsers.Add);
        string body = $$"""{"a":"{{FakeCipher.Token("4242")}}"}""";
        using HttpResponseMessage refused = await SendAsync(relay, "/partner", "scope=other", body);
        await Answers.AssertProblemAsync(refused, 403, "caller-not-allowed", "partner");
        Assert.Equal((0, 0), (relay.Upstream.Arrived, relay.Requests.Groups.Count));
        using HttpResponseMessage sent = await SendAsync(relay, "/partner", "scope=cards.send", body);
        Assert.Equal("""{"a":"4242"}""", Assert.Single(relay.Upstream.Requests).Text);
    }

    [Fact]
    public async Task Bind_Claim_IsTheContextOfTheToken()
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules, configure: TestUsers.Add);
        using HttpResponseMessage response = await SendAsync(relay, "/in", "sub=ada", """{"a":"4242"}""");
        Assert.Equal(200, (int)response.StatusCode);
        TransformGroup group = Assert.Single(relay.Requests.Groups);
        Assert.Equal((TransformOperation.Encrypt, "\0\0\0\u0003ada"), (group.Operation, System.Text.Encoding.UTF8.GetString(group.Context.Span)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("scope=x")]
    [InlineData("sub=")]
    [InlineData("sub=ada;sub=bob")]
    public async Task Bind_ClaimThatIsMissingOrSeveral_IsRefused(string? user)
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules, configure: TestUsers.Add);
        using HttpResponseMessage response = await SendAsync(relay, "/in", user, """{"a":"4242"}""");
        await Answers.AssertProblemAsync(response, 422, "bind-missing", "in");
        Assert.Equal(0, relay.Upstream.Arrived);
    }
}
