using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using E3.Relay.Testing;

namespace E3.Relay.Samples.Echo.Tests;

public sealed class EchoTests(RunningEcho echo) : IClassFixture<RunningEcho>
{
    private const int BodyBytesMax = 2 * 1024 * 1024;

    private readonly HttpClient _client = echo.Client;

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    public async Task Body_ReadBack_IsTheSameBytesAndContentType(string method)
    {
        byte[] bytes = [0, 0xff, (byte)'\r', (byte)'\n', 0x80];
        var path = "/read-back/" + method;
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = Bytes(bytes, "application/x-own; a=\"b\"") };
        using var stored = await _client.SendAsync(request);
        Assert.Equal(HttpStatusCode.Created, stored.StatusCode);
        using var answer = JsonDocument.Parse(await stored.Content.ReadAsStringAsync());
        Assert.True(answer.RootElement.GetProperty("stored").GetBoolean());
        Assert.Equal(path, answer.RootElement.GetProperty("path").GetString());

        using var read = await _client.GetAsync(path);
        Assert.Equal(bytes, await read.Content.ReadAsByteArrayAsync());
        Assert.Equal("application/x-own; a=\"b\"", read.Content.Headers.ContentType!.ToString());
    }

    [Fact]
    public async Task Body_OfAnotherPath_Is404()
    {
        using var read = await _client.GetAsync("/nobody-wrote-here");
        Assert.Equal(HttpStatusCode.NotFound, read.StatusCode);
    }

    [Fact]
    public async Task Stored_NewestFirst_TextAsTextAndBytesAsBase64()
    {
        await _client.PostAsync("/shown?q=1%20", Bytes("{\"ü\":\"+\"}"u8.ToArray(), "application/json"));
        await _client.PutAsync("/shown", Bytes([0xff, 0x00], null));

        var last = await StoredAsync();
        Assert.Equal("/wA=", last[0].GetProperty("body").GetString());
        Assert.Equal("base64", last[0].GetProperty("encoding").GetString());
        Assert.Equal(JsonValueKind.Null, last[0].GetProperty("contentType").ValueKind);
        Assert.Equal("PUT", last[0].GetProperty("method").GetString());
        Assert.Equal("{\"ü\":\"+\"}", last[1].GetProperty("body").GetString());
        Assert.Equal("utf-8", last[1].GetProperty("encoding").GetString());
        Assert.Equal("/shown", last[1].GetProperty("path").GetString());
        Assert.Equal("?q=1%20", last[1].GetProperty("query").GetString());
        Assert.Equal("application/json", last[1].GetProperty("contentType").GetString());
    }

    [Fact]
    public async Task Stored_After101Bodies_HasForgottenTheOldest()
    {
        for (var index = 0; index <= 100; index++)
            await _client.PostAsync($"/many/{index}", Bytes([], null));

        Assert.Equal(100, (await StoredAsync()).Length);
        using var forgotten = await _client.GetAsync("/many/0");
        Assert.Equal(HttpStatusCode.NotFound, forgotten.StatusCode);
        using var kept = await _client.GetAsync("/many/1");
        Assert.Equal(HttpStatusCode.OK, kept.StatusCode);
    }

    [Theory]
    [InlineData(BodyBytesMax, HttpStatusCode.Created)]
    [InlineData(BodyBytesMax + 1, HttpStatusCode.RequestEntityTooLarge)]
    public async Task Body_AtTheLimit_IsTakenAndOverItRefused(int length, HttpStatusCode expected)
    {
        // The server refuses by the declared length and closes; without asking first the client may still be writing.
        using var request = new HttpRequestMessage(HttpMethod.Post, "/large") { Content = Bytes(new byte[length], null) };
        request.Headers.ExpectContinue = true;
        using var response = await _client.SendAsync(request);
        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task ChunkedBody_OverTheLimit_IsRefused()
    {
        using var connection = await RawHttpConnection.ConnectAsync(echo.Port);
        await connection.SendAsync("POST /chunked HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n200001\r\n");
        await connection.SendAsync(new byte[BodyBytesMax + 1]);
        var response = await connection.ReadResponseAsync();
        Assert.Equal(413, response!.Status);
    }

    [Fact]
    public async Task CutBody_IsNotStored()
    {
        using (var connection = await RawHttpConnection.ConnectAsync(echo.Port))
        {
            await connection.SendAsync("POST /cut HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
            connection.EndSending();
            await connection.ReadToEndAsync();
        }

        using var read = await _client.GetAsync("/cut");
        Assert.Equal(HttpStatusCode.NotFound, read.StatusCode);
    }

    [Fact]
    public async Task CheckoutPage_PostsTheThreeFieldsWithoutScript()
    {
        var page = await _client.GetStringAsync("/checkout.html");
        Assert.Contains("action=\"/checkout/form\"", page, StringComparison.Ordinal);
        Assert.All(["name", "card_number", "card[cvc]"], name => Assert.Contains($"name=\"{name}\"", page, StringComparison.Ordinal));
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Head_OfAStoredBody_HasItsLengthAndNoBody()
    {
        await _client.PostAsync("/head", Bytes(new byte[7], "text/plain"));
        using var connection = await RawHttpConnection.ConnectAsync(echo.Port);
        await connection.SendAsync("HEAD /head HTTP/1.1\r\nHost: a\r\n\r\nGET /head HTTP/1.1\r\nHost: a\r\n\r\n");
        var head = await connection.ReadResponseAsync(toHead: true);
        var get = await connection.ReadResponseAsync();
        Assert.Equal("7", head!.Header("content-length"));
        Assert.Equal(new byte[7], get!.Body);
    }

    private static ByteArrayContent Bytes(byte[] bytes, string? contentType)
    {
        var content = new ByteArrayContent(bytes);
        if (contentType is not null)
            content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        return content;
    }

    private async Task<JsonElement[]> StoredAsync()
    {
        using var document = JsonDocument.Parse(await _client.GetStringAsync("/stored"));
        return [.. document.RootElement.Clone().EnumerateArray()];
    }
}
