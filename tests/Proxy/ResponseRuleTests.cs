using System.Net;
using System.Text;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Proxy.Tests.Hosting;
using E3.Relay.Testing;
using Microsoft.AspNetCore.Http;

namespace E3.Relay.Proxy.Tests;

[Collection(Alone.Name)]
public sealed class ResponseRuleTests
{
    [Fact]
    public async Task Mask_OfTokensAndPlainValues_HidesBothAndNothingElse()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        relay.Upstream.AnswerWith("application/json", $$"""{ "orders" : [{"number":"{{FakeCipher.Token("4242424242424242")}}"},{"number":"5555666677778888", "n": 1.10}] }""");
        string body = await relay.Client.GetStringAsync(relay.Uri("public", "/orders/1"));
        Assert.Equal("""{ "orders" : [{"number":"************4242"},{"number":"************8888", "n": 1.10}] }""", body);
        Assert.All(relay.Masked.Groups, group => Assert.Equal(TransformOperation.Mask, group.Operation));
        Assert.Empty(relay.Readers.Groups);
    }

    [Fact]
    public async Task Decrypt_OnTheReadersListener_GivesValuesBackWithTheirTypes()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        relay.Upstream.AnswerWith("application/json", $$"""[{"number":"{{FakeCipher.Token("42<&\"\u2028")}}"},{"number":"{{FakeCipher.Token("1e400", type: DataType.Number)}}"},{"number":"plain"}]""");
        using HttpResponseMessage response = await relay.Client.GetAsync(relay.Uri("readers", "/orders/1"));
        string body = await response.Content.ReadAsStringAsync();
        Assert.Equal("""[{"number":"42\u003C\u0026\u0022\u2028"},{"number":1e400},{"number":"plain"}]""", body, ignoreCase: true);
        Assert.Equal(Encoding.UTF8.GetByteCount(body), response.Content.Headers.ContentLength);
        string metrics = await relay.MetricsAsync();
        Assert.Matches("e3_relay_fields_total\\{[^}]*outcome=\"decrypted\"[^}]*\\} 2", metrics);
        Assert.Matches("e3_relay_fields_total\\{[^}]*outcome=\"not-token\"[^}]*\\} 1", metrics);
    }

    [Fact]
    public async Task Decrypt_OfAForgedTokenInAList_LeavesItAndCountsIt()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        string forged = FakeCipher.Token("x", app: "other");
        relay.Upstream.AnswerWith("application/json", $$"""[{"number":"{{forged}}"},{"number":"{{FakeCipher.Token("4242")}}"}]""");
        string body = await relay.Client.GetStringAsync(relay.Uri("readers", "/orders/1"));
        Assert.Equal($$"""[{"number":"{{forged}}"},{"number":"4242"}]""", body);
        Assert.Matches("e3_relay_fields_total\\{[^}]*outcome=\"unopenable\"[^}]*\\} 1", await relay.MetricsAsync());
    }

    [Fact]
    public async Task Decrypt_OfAForgedTokenUnderASingularSelector_Is502()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        relay.Upstream.AnswerWith("application/json", $$"""{"number":"{{FakeCipher.Token("x", app: "other")}}"}""");
        using HttpResponseMessage response = await relay.Client.GetAsync(relay.Uri("readers", "/order/1"));
        await Answers.AssertProblemAsync(response, 502, "cannot-decrypt", "one-out");
    }

    [Fact]
    public async Task Decrypt_OfAValueThatIsNotWhatItsTypeSays_Is502()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        relay.Upstream.AnswerWith("application/json", $$"""{"number":"{{FakeCipher.Token("1,\"admin\":true", type: DataType.Number)}}"}""");
        using HttpResponseMessage response = await relay.Client.GetAsync(relay.Uri("readers", "/order/1"));
        await Answers.AssertProblemAsync(response, 502, "cannot-decrypt");
    }

    [Theory]
    [InlineData(ErrorCode.OperationNotGranted, 502, "not-granted")]
    [InlineData(ErrorCode.MaskTooWide, 500, "mask-too-wide")]
    [InlineData(ErrorCode.LimitExceeded, 502, "cannot-decrypt")]
    public async Task Mask_ThatTheEngineRefuses_ShowsNothing(ErrorCode code, int status, string name)
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        relay.Masked.Instead = (_, _) => new TransformResult(code, default, default);
        relay.Upstream.AnswerWith("application/json", """{"number":"4242424242424242"}""");
        using HttpResponseMessage response = await relay.Client.GetAsync(relay.Uri("public", "/orders/1"));
        await Answers.AssertProblemAsync(response, status, name, "card-masked");
    }

    [Fact]
    public async Task Mask_OfTextThatOnlyBeginsLikeAToken_IsNeverLeftInTheClear()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        relay.Masked.Instead = (_, _) => new TransformResult(ErrorCode.TokenMalformed, default, default);
        relay.Upstream.AnswerWith("application/json", """{"number":"e3.4242424242424242"}""");
        using HttpResponseMessage response = await relay.Client.GetAsync(relay.Uri("public", "/orders/1"));
        await Answers.AssertProblemAsync(response, 502, "cannot-decrypt", "card-masked");
    }

    [Theory]
    [InlineData(404)]
    [InlineData(500)]
    public async Task ErrorStatus_OfTheUpstream_IsTreatedByTheSameRules(int status)
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        relay.Upstream.AnswerWith("application/problem+json", """{"number":"4242424242424242"}""", status);
        using HttpResponseMessage response = await relay.Client.GetAsync(relay.Uri("public", "/orders/1"));
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("""{"number":"************4242"}""", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Headers_OfARuledResponse_AllowNoCacheAndTellNothingStale()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        relay.Upstream.Answer = async context =>
        {
            IHeaderDictionary headers = context.Response.Headers;
            (headers.CacheControl, headers.ETag, headers.LastModified, headers.Expires, headers.Age) = ("public, max-age=60", "\"1\"", "Mon, 01 Jan 2024 00:00:00 GMT", "Mon, 01 Jan 2040 00:00:00 GMT", "1");
            (headers.Vary, headers.AcceptRanges, headers["Digest"], headers["Repr-Digest"], headers["Content-MD5"], headers["X-Kept"]) = ("Origin", "bytes", "x", "x", "x", "x");
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync("""{"number":"4242424242424242"}""");
        };
        RawHttpResponse response = await relay.SendRawAsync("GET /orders/1 HTTP/1.1\r\nHost: shop\r\n\r\n");
        Assert.Equal("private, no-store", response.Header("Cache-Control"));
        Assert.All(["ETag", "Last-Modified", "Expires", "Age", "Accept-Ranges", "Digest", "Repr-Digest", "Content-MD5", "Transfer-Encoding"], name => Assert.Null(response.Header(name)));
        Assert.Equal(["Origin", "Authorization", "Cookie"], response.Headers.Where(header => header.Key == "Vary").SelectMany(header => header.Value.Split(", ")));
        Assert.Equal("x", response.Header("X-Kept"));
    }

    [Fact]
    public async Task Headers_OfARequestWithResponseRules_AskForAWholeBodyInACodingThatCanBeUndone()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        relay.Upstream.AnswerWith("application/json", "{}");
        await relay.SendRawAsync(
            "GET /orders/1 HTTP/1.1\r\nHost: shop\r\nAccept-Encoding: gzip, br\r\nIf-None-Match: \"1\"\r\nIf-Modified-Since: x\r\nIf-Range: \"1\"\r\nRange: bytes=0-1\r\nAuthorization: x\r\n\r\n");
        RecordedRequest seen = Assert.Single(relay.Upstream.Requests);
        Assert.Equal("gzip, br", seen.Header("Accept-Encoding"));
        Assert.All(["If-None-Match", "If-Modified-Since", "If-Range", "Range"], name => Assert.Null(seen.Header(name)));
        Assert.Equal("x", seen.Header("Authorization"));
    }

    [Theory]
    [InlineData("gzip", "response-content-coding")]
    [InlineData("compress", "response-content-coding")]
    [InlineData("identity, br", "response-content-coding")]
    public async Task Coding_ThatCannotBeUndone_Is502(string coding, string code)
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        relay.Upstream.Answer = context =>
        {
            context.Response.ContentType = "application/json";
            context.Response.Headers.ContentEncoding = coding;
            return context.Response.WriteAsync("4242424242424242");
        };
        using HttpResponseMessage response = await relay.Client.GetAsync(relay.Uri("public", "/orders/1"));
        await Answers.AssertProblemAsync(response, 502, code);
        Assert.Empty(response.Content.Headers.ContentEncoding);
    }

    [Theory]
    [InlineData("text/html", "<b>4242424242424242</b>", "unsupported-content-type")]
    [InlineData("application/json", "{\"number\":\"4242424242424242\"", "malformed-body")]
    [InlineData("application/json", "{\"number\":\"1\",\"number\":\"4242424242424242\"}", "repeated-member")]
    public async Task Body_ThatCannotBeInspected_Is502(string contentType, string body, string code)
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        relay.Upstream.AnswerWith(contentType, body);
        using HttpResponseMessage response = await relay.Client.GetAsync(relay.Uri("public", "/orders/1"));
        await Answers.AssertProblemAsync(response, 502, code);
        Assert.Equal("Bad Gateway", response.ReasonPhrase);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Body_OverTheLimit_Is502AndNotCut(bool declared)
    {
        await using TestRelay relay = await TestRelay.StartAsync(settings: new Dictionary<string, string?> { ["Relay:Limits:BodyBytesMax"] = "50000" });
        byte[] body = Encoding.UTF8.GetBytes("[\"" + new string('x', 50_000) + "\"]");
        relay.Upstream.Answer = context =>
        {
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = declared ? body.Length : null;
            return context.Response.Body.WriteAsync(body).AsTask();
        };
        using HttpResponseMessage response = await relay.Client.GetAsync(relay.Uri("public", "/orders/1"));
        await Answers.AssertProblemAsync(response, 502, "response-too-large");
    }

    [Fact]
    public async Task Body_ThatBreaksOff_Is502()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        relay.Upstream.Answer = async context =>
        {
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = 1000;
            await context.Response.WriteAsync("{\"number\":\"4242424242424242\"");
            await context.Response.Body.FlushAsync();
            await Task.Delay(200);
            context.Abort();
        };
        using HttpResponseMessage response = await relay.Client.GetAsync(relay.Uri("public", "/orders/1"));
        await Answers.AssertProblemAsync(response, 502, "upstream-broken");
    }

    [Fact]
    public async Task Body_ThatStalls_Is504AndShowsNothingOfTheUpstream()
    {
        await using TestRelay relay = await TestRelay.StartAsync(settings: new Dictionary<string, string?> { ["ReverseProxy:Clusters:upstream:HttpRequest:ActivityTimeout"] = "00:00:01" });
        relay.Upstream.Answer = async context =>
        {
            context.Response.ContentType = "application/json";
            context.Response.Headers.SetCookie = "session=of-the-upstream";
            await context.Response.WriteAsync("{\"number\":");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        using HttpResponseMessage response = await relay.Client.GetAsync(relay.Uri("public", "/orders/1"));
        await Answers.AssertProblemAsync(response, 504, "upstream-timeout");
        Assert.False(response.Headers.Contains("Set-Cookie"));
        Assert.True(response.Headers.CacheControl?.NoStore);
    }

    [Theory]
    [InlineData(null, 201)]
    [InlineData(null, 404)]
    [InlineData("application/json", 200)]
    public async Task Answer_OfUndeclaredLengthThatIsEmpty_PassesEmpty(string? contentType, int status)
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        relay.Upstream.Answer = async context =>
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = contentType;
            await context.Response.StartAsync();
        };
        RawHttpResponse response = await relay.SendRawAsync("GET /orders/1 HTTP/1.1\r\nHost: shop\r\n\r\n");
        Assert.Equal((status, "0", true), (response.Status, response.Header("Content-Length"), response.Complete));
        Assert.Null(response.Header("Transfer-Encoding"));
    }

    [Fact]
    public async Task PartialContent_ThatWasNotAskedFor_Is502()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        relay.Upstream.AnswerWith("application/json", "{}", 206);
        using HttpResponseMessage response = await relay.Client.GetAsync(relay.Uri("public", "/orders/1"));
        await Answers.AssertProblemAsync(response, 502, "response-not-whole");
    }

    [Theory]
    [InlineData("GET", 204)]
    [InlineData("GET", 304)]
    [InlineData("HEAD", 200)]
    [InlineData("HEAD", 404)]
    public async Task Answer_WithoutBody_NeedsNoEngine(string method, int status)
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        relay.Upstream.Answer = context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.ETag = "\"1\"";
            if (method == "HEAD")
                (context.Response.ContentType, context.Response.ContentLength) = ("application/json", 1000);
            return Task.CompletedTask;
        };
        RawHttpResponse response = await relay.SendRawAsync($"{method} /orders/1 HTTP/1.1\r\nHost: shop\r\n\r\n", toHead: method == "HEAD");
        Assert.Equal(status, response.Status);
        Assert.Empty(response.Body);
        Assert.Null(response.Header("ETag"));
        Assert.NotEqual("1000", response.Header("Content-Length"));
        Assert.Equal("private, no-store", response.Header("Cache-Control"));
        Assert.Empty(relay.Masked.Groups);
    }

    [Fact]
    public async Task Connection_AfterARuledExchange_ServesTheNextRequest()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        relay.Upstream.AnswerWith("application/json", """{"number":"4242424242424242"}""");
        using RawHttpConnection connection = await RawHttpConnection.ConnectAsync(relay.PublicPort);
        for (int i = 0; i < 3; i++)
        {
            await connection.SendAsync("GET /orders/1 HTTP/1.1\r\nHost: shop\r\n\r\nGET /orders/2 HTTP/1.1\r\nHost: shop\r\n\r\n");
            Assert.Equal("""{"number":"************4242"}""", (await connection.ReadResponseAsync())?.Text);
            Assert.Equal("""{"number":"************4242"}""", (await connection.ReadResponseAsync())?.Text);
        }
    }

    [Fact]
    public async Task RequestAndResponse_WithRulesEach_UseAnIdentityEach()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        relay.Upstream.Answer = async context =>
        {
            context.Response.ContentType = "application/json";
            await context.Response.Body.WriteAsync(relay.Upstream.Requests[^1].Body);
        };
        using HttpResponseMessage response = await relay.PostAsync("/both/1", """{"card":{"number":"4242424242424242"}}""");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("""{"card":{"number":"************4242"}}""", await response.Content.ReadAsStringAsync());
        Assert.Equal(TransformOperation.Encrypt, Assert.Single(relay.Requests.Groups).Operation);
        Assert.Equal(TransformOperation.Mask, Assert.Single(relay.Masked.Groups).Operation);
    }
}
