using E3.Relay.Proxy.Tests.Hosting;
using E3.Relay.Testing;
using Microsoft.AspNetCore.Http;

namespace E3.Relay.Proxy.Tests;

/// <summary><c>cache: keep</c>: what stays of the upstream's caching, and what cannot.</summary>
[Collection(Alone.Name)]
public sealed class CacheTests
{
    private const string Rules = """
        app: shop
        rules:
          - id: kept
            cache: keep
            match: {path: /kept/**}
            response:
              - redact: {json: [$.card]}
          - id: other
            match: {path: /kept/not}
            response:
              - redact: {json: [$.name]}
        """;

    private static async Task<RawHttpResponse> GetAsync(TestRelay relay, string path, string body, int status = 200)
    {
        relay.Upstream.Answer = async context =>
        {
            IHeaderDictionary headers = context.Response.Headers;
            (headers.CacheControl, headers.ETag, headers.LastModified, headers.Age) = ("public, max-age=60", "\"1\"", "Mon, 01 Jan 2024 00:00:00 GMT", "1");
            (headers.AcceptRanges, headers["Repr-Digest"], context.Response.ContentType, context.Response.StatusCode) = ("bytes", "x", "application/json", status);
            if (status == 200)
                await context.Response.WriteAsync(body);
        };
        return await relay.SendRawAsync($"GET {path} HTTP/1.1\r\nHost: shop\r\nIf-None-Match: \"2\"\r\nIf-Modified-Since: Mon, 01 Jan 2024 00:00:00 GMT\r\nRange: bytes=0-1\r\nIf-Range: \"2\"\r\n\r\n");
    }

    [Theory]
    [InlineData("""{"card":"4242"}""", false)]
    [InlineData("""{"name":"Ada"}""", true)]
    public async Task Keep_OfTheOnlyRule_LeavesWhatIsStillTrue(string body, bool isSame)
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        RawHttpResponse response = await GetAsync(relay, "/kept/1", body);
        Assert.Equal(("public, max-age=60", "Mon, 01 Jan 2024 00:00:00 GMT", "1", null),
            (response.Header("Cache-Control"), response.Header("Last-Modified"), response.Header("Age"), response.Header("Vary")));
        Assert.Equal((isSame ? "\"1\"" : null, isSame ? "x" : null, isSame ? "bytes" : null), (response.Header("ETag"), response.Header("Repr-Digest"), response.Header("Accept-Ranges")));
        RecordedRequest seen = Assert.Single(relay.Upstream.Requests);
        Assert.Equal(("\"2\"", "Mon, 01 Jan 2024 00:00:00 GMT", null, null), (seen.Header("If-None-Match"), seen.Header("If-Modified-Since"), seen.Header("Range"), seen.Header("If-Range")));
    }

    [Fact]
    public async Task Keep_NotModified_IsPassedOn()
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        RawHttpResponse response = await GetAsync(relay, "/kept/1", "", 304);
        Assert.Equal((304, "\"1\""), (response.Status, response.Header("ETag")));
    }

    [Fact]
    public async Task Keep_NotOfEveryRule_KeepsNothing()
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        RawHttpResponse response = await GetAsync(relay, "/kept/not", """{"card":"4242"}""");
        Assert.Equal(("private, no-store", null), (response.Header("Cache-Control"), response.Header("ETag")));
        Assert.Null(Assert.Single(relay.Upstream.Requests).Header("If-None-Match"));
    }

    [Fact]
    public async Task Keep_OfAResponseThatIsRefused_KeepsNothing()
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        RawHttpResponse response = await GetAsync(relay, "/kept/1", "{");
        Assert.Equal(502, response.Status);
        Assert.Contains("no-store", response.Header("Cache-Control"), StringComparison.Ordinal);
        Assert.Null(response.Header("ETag"));
    }
}
