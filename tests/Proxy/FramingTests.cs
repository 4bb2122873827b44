using System.Net;
using System.Net.Sockets;
using System.Text;
using E3.Relay.Proxy.Tests.Hosting;
using E3.Relay.Testing;

namespace E3.Relay.Proxy.Tests;

/// <summary>Messages whose ends could be seen at different places, or that never end as they began.</summary>
[Collection(Alone.Name)]
public sealed class FramingTests
{
    private const string Card = """{"card":{"number":"4242424242424242"}}""";

    [Theory]
    [InlineData("/checkout/card", TestRules.Public)]
    [InlineData("/elsewhere", "unmatched: pass\n" + TestRules.Public)]
    public async Task Body_WithAChunkedCodingAndALength_IsReadByItsChunksAndForwardedWithOneFraming(string path, string rules)
    {
        await using TestRelay relay = await TestRelay.StartAsync(rules);
        using RawHttpConnection connection = await RawHttpConnection.ConnectAsync(relay.PublicPort);
        await connection.SendAsync(
            $"POST {path} HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
            + $"{Card.Length:x}\r\n{Card}\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: shop\r\n\r\n");
        Assert.Equal(200, (await connection.ReadResponseAsync())?.Status);
        RecordedRequest seen = relay.Upstream.Requests[0];
        string number = seen.Text[19..^3];
        Assert.Equal("4242424242424242", path == "/elsewhere" ? number : FakeCipher.Plain(number));
        Assert.True(seen.Header("Transfer-Encoding") is null != seen.Header("Content-Length") is null);

        // The server takes such a connection for one that cannot be trusted: what follows on it is not served.
        Assert.Empty(await connection.ReadToEndAsync());
        Assert.Single(relay.Upstream.Requests);
    }

    [Theory]
    [InlineData("Content-Length: 2\r\nContent-Length: 3")]
    [InlineData("Content-Length: 2, 2")]
    [InlineData("Content-Length: 2\r\nContent-Length: 2")]
    [InlineData("Transfer-Encoding: gzip")]
    [InlineData("Transfer-Encoding: xchunked")]
    [InlineData("Transfer-Encoding: chunked, gzip")]
    [InlineData("Transfer-Encoding : chunked")]
    public async Task Framing_ThatIsNoOne_IsRefusedByTheServer(string framing)
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        RawHttpResponse response = await relay.SendRawAsync($"POST /checkout/card HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n{framing}\r\n\r\n{{}}");
        Assert.InRange(response.Status, 400, 501);
        Assert.Equal(0, relay.Upstream.Arrived);
    }

    [Theory]
    [InlineData("/checkout/card")]
    [InlineData("/elsewhere")]
    public async Task Length_InAnOddSpelling_IsForwardedAsANumber(string path)
    {
        await using TestRelay relay = await TestRelay.StartAsync("unmatched: pass\n" + TestRules.Public);
        RawHttpResponse response = await relay.SendRawAsync($"POST {path} HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nContent-Length: +02\r\n\r\n{{}}");
        Assert.Equal(200, response.Status);
        Assert.Equal("2", Assert.Single(relay.Upstream.Requests).Header("Content-Length"));
    }

    [Theory]
    [InlineData("Content_Length: 3")]
    [InlineData("Transfer_Encoding: chunked")]
    [InlineData("Content_Type: text/plain")]
    public async Task Framing_WithAnUnderscore_DoesNotReachTheUpstream(string header)
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        RawHttpResponse response = await relay.SendRawAsync($"POST /checkout/card HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n{header}\r\nContent-Length: 2\r\n\r\n{{}}");
        Assert.Equal(200, response.Status);
        Assert.Null(Assert.Single(relay.Upstream.Requests).Header(header.Split(':')[0]));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Client_ThatBreaksOffInItsBody_CountsAsAnAbort(bool resets, bool declaresLength)
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        using (RawHttpConnection connection = await RawHttpConnection.ConnectAsync(relay.PublicPort))
        {
            string framing = declaresLength ? "Content-Length: 100" : "Transfer-Encoding: chunked";
            await connection.SendAsync($"POST /checkout/card HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n{framing}\r\n\r\n");
            Assert.Equal(100, (await connection.ReadResponseAsync())?.Status);
            await connection.SendAsync(declaresLength ? "{\"card\":" : "50\r\n{\"card\":");
            if (resets)
                connection.Reset();
        }

        await TimeBound.UntilAsync(() => relay.Outcomes.Count == 1, "the request is counted");
        Assert.Equal("aborted", Assert.Single(relay.Outcomes));
        Assert.Equal(0, relay.Upstream.Arrived);
    }

    [Theory]
    [InlineData("GET /checkout/card HTTP/1.1\r\nHost: shop\r\n\r\n", "public")]
    [InlineData("GET /orders/1 HTTP/1.1\r\nHost: shop\r\n\r\n", "public")]
    [InlineData("GET /checkout/card HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", "public")]
    [InlineData("GET /page HTTP/1.1\r\nHost: shop\r\n\r\n", "plain")]
    public async Task SwitchOfProtocols_ThatNobodyAskedFor_Is502(string request, string listener)
    {
        using var upstream = new TcpListener(IPAddress.Loopback, 0);
        upstream.Start();
        Task answering = AnswerAsync(upstream, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nanything");
        await using TestRelay relay = await TestRelay.StartAsync(settings: new Dictionary<string, string?>
        {
            ["ReverseProxy:Clusters:upstream:Destinations:one:Address"] = $"http://{upstream.LocalEndpoint}/",
        });
        Answers.AssertProblem(await relay.SendRawAsync(request, listener), 502, "response-not-whole");
        await answering;
    }

    private static async Task AnswerAsync(TcpListener upstream, string answer)
    {
        using Socket socket = await upstream.AcceptSocketAsync();
        byte[] request = new byte[16 * 1024];
        await socket.ReceiveAsync(request);
        await socket.SendAsync(Encoding.ASCII.GetBytes(answer));
        await socket.ReceiveAsync(request);
    }
}
