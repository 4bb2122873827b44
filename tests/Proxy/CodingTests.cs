using System.Net.Http.Headers;
using E3.Relay.Proxy.Tests.Hosting;

namespace E3.Relay.Proxy.Tests;

/// <summary>Compressed bodies under rules: undone, changed, and compressed again; or forwarded just as they came.</summary>
public sealed class CodingTests
{
    private const string Card = """{ "card" : {"number":"4242424242424242"}, "note":"1.10"}""";

    public static TheoryData<string> Names => Compressed.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Request_ThatIsChanged_GoesUpstreamInTheSameCoding(string coding)
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        using HttpResponseMessage response = await SendAsync(relay, coding, Compressed.Make(coding, Card));
        Assert.Equal(200, (int)response.StatusCode);
        RecordedRequest seen = Assert.Single(relay.Upstream.Requests);
        string text = Compressed.Undo(coding, seen.Body);
        Assert.Equal(coding, seen.Header("Content-Encoding"));
        Assert.Equal(seen.Body.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), seen.Header("Content-Length"));
        Assert.StartsWith("{ \"card\" : {\"number\":\"e3.", text, StringComparison.Ordinal);
        Assert.EndsWith("\"}, \"note\":\"1.10\"}", text, StringComparison.Ordinal);
        Assert.All(["Digest", "Content-MD5"], name => Assert.Null(seen.Header(name)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Request_WithNothingSelected_GoesUpstreamByteByByte(string coding)
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        byte[] body = Compressed.Make(coding, """{"other":"4242424242424242"}""");
        using HttpResponseMessage response = await SendAsync(relay, coding, body);
        RecordedRequest seen = Assert.Single(relay.Upstream.Requests);
        Assert.Equal(body, seen.Body);
        Assert.Equal((coding, "x"), (seen.Header("Content-Encoding"), seen.Header("Digest")));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    [InlineData("zstd")]
    public async Task Request_ThatIsNoWholeBodyOfItsCoding_IsRefused(string coding)
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        byte[] body = Compressed.Make(coding, Card);
        byte[][] broken = [[], body[..^1], body[1..], [.. body, 0], [.. body, .. body], Compressed.Make(coding == "gzip" ? "br" : "gzip", Card)];
        foreach (byte[] bytes in broken)
        {
            using HttpResponseMessage refused = await SendAsync(relay, coding, bytes, chunked: true);
            await Answers.AssertProblemAsync(refused, 400, "malformed-content-coding");
        }

        using HttpResponseMessage twice = await SendAsync(relay, coding, Compressed.Make(coding, body));
        await Answers.AssertProblemAsync(twice, 400, "malformed-body");
        Assert.Equal(0, relay.Upstream.Arrived);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    [InlineData("zstd")]
    public async Task Request_ThatIsABomb_Is413(string coding)
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        using HttpResponseMessage expands = await SendAsync(relay, coding, Compressed.Make(coding, new string(' ', 2_000_000)));
        Assert.Contains(await CodeAsync(expands), new[] { "content-coding-ratio", "body-too-large" });
        string hex = Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(600_000));
        using HttpResponseMessage large = await SendAsync(relay, coding, Compressed.Make(coding, $"[\"{hex}\"]"));
        await Answers.AssertProblemAsync(large, 413, "body-too-large");
        Assert.Equal(0, relay.Upstream.Arrived);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Response_ThatIsChanged_ComesInTheSameCoding(string coding)
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        Answer(relay, coding, Compressed.Make(coding, """[{"number":"4242424242424242"}]"""));
        using HttpResponseMessage response = await GetAsync(relay, coding);
        byte[] body = await response.Content.ReadAsByteArrayAsync();
        Assert.Equal("""[{"number":"************4242"}]""", Compressed.Undo(coding, body));
        Assert.Equal(coding, Assert.Single(response.Content.Headers.ContentEncoding));
        Assert.Equal(body.Length, response.Content.Headers.ContentLength);
        Assert.Null(response.Headers.ETag);
        Assert.Equal(coding, Assert.Single(relay.Upstream.Requests).Header("Accept-Encoding"));
        Assert.Equal("Accept-Encoding, Authorization, Cookie", string.Join(", ", response.Headers.Vary));
    }

    [Fact]
    public async Task Response_ThatIsCompressedUnasked_IsUndoneAllTheSame()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        Answer(relay, "br", Compressed.Make("br", """[{"number":"4242424242424242"}]"""));
        using HttpResponseMessage response = await relay.Client.GetAsync(relay.Uri("public", "/orders/1"));
        Assert.Equal("""[{"number":"************4242"}]""", Compressed.Undo("br", await response.Content.ReadAsByteArrayAsync()));
        Assert.Equal("identity", Assert.Single(relay.Upstream.Requests).Header("Accept-Encoding"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Response_WithNothingSelected_ComesByteByByte(string coding)
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        byte[] sent = Compressed.Make(coding, """[{"other":"4242424242424242"}]""");
        Answer(relay, coding, sent);
        using HttpResponseMessage response = await GetAsync(relay, coding);
        Assert.Equal(sent, await response.Content.ReadAsByteArrayAsync());
        Assert.Equal(coding, Assert.Single(response.Content.Headers.ContentEncoding));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    [InlineData("zstd")]
    public async Task Response_ThatIsNoWholeBodyOfItsCodingOrABomb_Is502(string coding)
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        byte[] body = Compressed.Make(coding, """[{"number":"4242424242424242"}]""");
        foreach (byte[] bytes in (byte[][])[body[..^1], body[1..], [.. body, 0]])
        {
            Answer(relay, coding, bytes);
            using HttpResponseMessage refused = await GetAsync(relay, coding);
            await Answers.AssertProblemAsync(refused, 502, "response-content-coding");
            Assert.Empty(refused.Content.Headers.ContentEncoding);
        }

        Answer(relay, coding, Compressed.Make(coding, new string(' ', 2_000_000)));
        using HttpResponseMessage bomb = await GetAsync(relay, coding);
        Assert.Equal(502, (int)bomb.StatusCode);
        Assert.Contains(await CodeAsync(bomb), new[] { "content-coding-ratio", "response-too-large" });
    }

    [Fact]
    public async Task Response_OfNothingInACoding_ComesAsItIs()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        byte[] nothing = Compressed.Make("gzip", "");
        Answer(relay, "gzip", nothing);
        using HttpResponseMessage response = await GetAsync(relay, "gzip");
        Assert.Equal(nothing, await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Response_ToHead_KeepsItsCodingAndTellsNoLength()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        relay.Upstream.Answer = context =>
        {
            context.Response.ContentType = "application/json";
            context.Response.Headers.ContentEncoding = "gzip";
            context.Response.ContentLength = 17;
            return Task.CompletedTask;
        };
        using var request = new HttpRequestMessage(HttpMethod.Head, relay.Uri("public", "/orders/1"));
        using HttpResponseMessage response = await relay.Client.SendAsync(request);
        Assert.Equal("gzip", Assert.Single(response.Content.Headers.ContentEncoding));
        Assert.Null(response.Content.Headers.ContentLength);
    }

    private static async Task<HttpResponseMessage> SendAsync(TestRelay relay, string coding, byte[] body, bool chunked = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, relay.Uri("public", "/checkout/1")) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Content.Headers.TryAddWithoutValidation("Content-Encoding", coding);
        request.Content.Headers.TryAddWithoutValidation("Content-MD5", "x");
        request.Headers.TryAddWithoutValidation("Digest", "x");
        request.Headers.TransferEncodingChunked = chunked;
        return await relay.Client.SendAsync(request);
    }

    private static async Task<HttpResponseMessage> GetAsync(TestRelay relay, string coding)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, relay.Uri("public", "/orders/1"));
        request.Headers.TryAddWithoutValidation("Accept-Encoding", coding);
        return await relay.Client.SendAsync(request);
    }

    private static void Answer(TestRelay relay, string coding, byte[] body) => relay.Upstream.Answer = async context =>
    {
        context.Response.ContentType = "application/json";
        context.Response.Headers.ContentEncoding = coding;
        context.Response.Headers.ETag = "\"1\"";
        context.Response.Headers.Vary = "Accept-Encoding";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body);
    };

    private static async Task<string?> CodeAsync(HttpResponseMessage response) =>
        System.Text.Json.JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("code").GetString();
}
