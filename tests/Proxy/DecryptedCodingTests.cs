using System.Net.Http.Headers;
using E3.Relay.Proxy.Tests.Hosting;

namespace E3.Relay.Proxy.Tests;

/// <summary>Whether bodies with decrypted values are compressed: compressed, their length tells what a value has in common with what others wrote.</summary>
public sealed class DecryptedCodingTests
{
    private const string Rules = """
        app: shop
        rules:
          - id: shown
            match: {path: /orders/**, methods: [GET]}
            response:
              - decrypt: {json: [$.card]}
                role: card
          - id: kept
            coding: keep
            match: {path: /kept/**, methods: [GET]}
            response:
              - decrypt: {json: [$.card]}
                role: card
          - id: head
            match: {path: /head, methods: [GET]}
            response:
              - decrypt: {header: [X-Card]}
                role: card
              - redact: {json: [$.card]}
          - id: sent
            match: {path: /send, methods: [POST]}
            request:
              - decrypt: {json: [$.card]}
                role: card
          - id: sent-kept
            coding: keep
            match: {path: /send-kept, methods: [POST]}
            request:
              - decrypt: {json: [$.card]}
                role: card
        """;

    public static TheoryData<string> Names => Compressed.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Response_WithADecryptedValue_ComesUncompressedAndIsAskedForSo(string coding)
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        using HttpResponseMessage response = await GetAsync(relay, "/orders/1", coding, Compressed.Make(coding, $$"""{"card":"{{FakeCipher.Token("4242")}}"}"""));
        Assert.Equal("""{"card":"4242"}""", await response.Content.ReadAsStringAsync());
        Assert.Empty(response.Content.Headers.ContentEncoding);
        Assert.Equal(15, response.Content.Headers.ContentLength);
        Assert.Null(response.Headers.ETag);
        Assert.Equal("identity", Assert.Single(relay.Upstream.Requests).Header("Accept-Encoding"));
    }

    [Fact]
    public async Task Response_InWhichNothingIsDecrypted_StaysAsItCame()
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        byte[] sent = Compressed.Make("gzip", """{"other":1}""");
        using HttpResponseMessage response = await GetAsync(relay, "/orders/1", "gzip", sent);
        Assert.Equal(sent, await response.Content.ReadAsByteArrayAsync());
        Assert.Equal("gzip", Assert.Single(response.Content.Headers.ContentEncoding));
    }

    [Theory]
    [InlineData("/kept/1", """{"card":"4242"}""")]
    [InlineData("/head", """{"card":"[redacted]"}""")]
    public async Task Response_OfARuleThatKeepsCodingsOrDecryptsInNoBody_IsCompressedAgain(string path, string shown)
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        using HttpResponseMessage response = await GetAsync(relay, path, "br", Compressed.Make("br", $$"""{"card":"{{FakeCipher.Token("4242")}}"}"""));
        Assert.Equal(shown, Compressed.Undo("br", await response.Content.ReadAsByteArrayAsync()));
        Assert.Equal("br", Assert.Single(response.Content.Headers.ContentEncoding));
        Assert.Equal("br", Assert.Single(relay.Upstream.Requests).Header("Accept-Encoding"));
    }

    [Theory]
    [InlineData("/send", null)]
    [InlineData("/send-kept", "gzip")]
    public async Task Request_WithADecryptedValue_GoesUpstreamUncompressedUnlessTheRuleKeepsIt(string path, string? seenCoding)
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        using var content = new ByteArrayContent(Compressed.Make("gzip", $$"""{"card":"{{FakeCipher.Token("4242")}}"}"""));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        content.Headers.ContentEncoding.Add("gzip");
        using HttpResponseMessage response = await relay.Client.PostAsync(relay.Uri("public", path), content);
        Assert.Equal(200, (int)response.StatusCode);
        RecordedRequest seen = Assert.Single(relay.Upstream.Requests);
        Assert.Equal(seenCoding, seen.Header("Content-Encoding"));
        Assert.Equal("""{"card":"4242"}""", Compressed.Undo("gzip", seenCoding is null ? Compressed.Make("gzip", seen.Body) : seen.Body));
    }

    private static async Task<HttpResponseMessage> GetAsync(TestRelay relay, string path, string coding, byte[] body)
    {
        relay.Upstream.Answer = async context =>
        {
            (context.Response.ContentType, context.Response.Headers.ContentEncoding, context.Response.Headers.ETag) = ("application/json", coding, "\"1\"");
            await context.Response.Body.WriteAsync(body);
        };
        using var request = new HttpRequestMessage(HttpMethod.Get, relay.Uri("public", path));
        request.Headers.TryAddWithoutValidation("Accept-Encoding", coding);
        return await relay.Client.SendAsync(request);
    }
}
