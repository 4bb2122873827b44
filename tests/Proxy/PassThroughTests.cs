using System.Security.Cryptography;
using E3.Relay.Proxy.Tests.Hosting;
using E3.Relay.Testing;
using Microsoft.AspNetCore.Http;

namespace E3.Relay.Proxy.Tests;

public sealed class PassThroughTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_537)]
    [InlineData(8 * 1024 * 1024)]
    public async Task PlainListener_BodyOfAnySize_ArrivesByteForByteBothWays(int size)
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        byte[] sent = RandomNumberGenerator.GetBytes(size);
        relay.Upstream.Answer = context => context.Response.Body.WriteAsync(sent).AsTask();
        using var request = new HttpRequestMessage(HttpMethod.Post, relay.Uri("plain", "/checkout/card")) { Content = new ByteArrayContent(sent) };
        request.Headers.TransferEncodingChunked = true;
        using HttpResponseMessage response = await relay.Client.SendAsync(request);
        byte[] received = await response.Content.ReadAsByteArrayAsync();
        Assert.Equal(sent, Assert.Single(relay.Upstream.Requests).Body);
        Assert.Equal(sent, received);
        Assert.Empty(relay.Requests.Groups);
    }

    [Theory]
    [InlineData("/a//b/../c?x=%zz")]
    [InlineData("/%63heckout")]
    public async Task PlainListener_OddTarget_IsNotJudged(string target)
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        RawHttpResponse response = await relay.SendRawAsync($"GET {target} HTTP/1.1\r\nHost: shop\r\n\r\n", "plain");
        Assert.Equal(200, response.Status);
        Assert.Equal(1, relay.Upstream.Arrived);
    }

    [Fact]
    public async Task RuledListener_UnmatchedRequestWithoutBody_PassesWithItsTargetAndHeaders()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        RawHttpResponse response = await relay.SendRawAsync("GET /page/a%20b?q=%41&empty= HTTP/1.1\r\nHost: shop\r\nX-Custom: caf\u00e9\r\nIf-None-Match: \"1\"\r\nAccept-Encoding: br\r\n\r\n");
        Assert.Equal(200, response.Status);
        RecordedRequest seen = Assert.Single(relay.Upstream.Requests);
        Assert.Equal("/page/a%20b?q=%41&empty=", seen.RawTarget);
        Assert.Equal("caf\u00e9", seen.Header("X-Custom"));
        Assert.Equal("\"1\"", seen.Header("If-None-Match"));
        Assert.Equal("br", seen.Header("Accept-Encoding"));
    }

    [Fact]
    public async Task RuledListener_LargeUntouchedResponse_StreamsThrough()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        byte[] sent = RandomNumberGenerator.GetBytes(8 * 1024 * 1024);
        relay.Upstream.Answer = async context =>
        {
            context.Response.ContentType = "application/octet-stream";
            context.Response.Headers.ETag = "\"kept\"";
            for (int at = 0; at < sent.Length; at += 1 << 20)
            {
                await context.Response.Body.WriteAsync(sent.AsMemory(at, 1 << 20));
                await context.Response.Body.FlushAsync();
            }
        };
        using HttpResponseMessage response = await relay.Client.GetAsync(relay.Uri("public", "/download"));
        Assert.Equal(sent, await response.Content.ReadAsByteArrayAsync());
        Assert.Equal("\"kept\"", response.Headers.ETag?.ToString());
    }

    [Fact]
    public async Task Upstream_Unreachable_IsAProblemOfItsOwn()
    {
        await using TestRelay relay = await TestRelay.StartAsync(settings: new Dictionary<string, string?>
        {
            ["ReverseProxy:Clusters:upstream:Destinations:one:Address"] = $"http://127.0.0.1:{LoopbackPort.Take()}",
        });
        using HttpResponseMessage response = await relay.Client.GetAsync(relay.Uri("public", "/page"));
        Assert.Equal(StatusCodes.Status502BadGateway, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains("\"code\":\"upstream-unavailable\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
