using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using E3.Relay.Testing;

namespace E3.Relay.EndToEnd.Tests;

/// <summary>The main job with the shipped configuration: post, store, read back.</summary>
public sealed partial class MainJobTests(MainJobTests.Shipped shipped) : IClassFixture<MainJobTests.Shipped>
{
    private const string Card = "4242424242424242";

    private RelayRun Run => shipped.Run;

    [Fact]
    public async Task Json_PostedByAnApp_IsStoredAsTokensWithEveryOtherByteAsSent()
    {
        const string Body = "{ \"card\" : {\"number\":\"4242424242424242\",\r\n\"cvc\":123, \"exp\":\"12\\u002f30\"},\"amount\":1.10,\"n\":1e400 }";
        using HttpResponseMessage posted = await RelayRun.SendAsync(HttpMethod.Post, new Uri(Run.Public, "checkout/1"), Body);
        Assert.Equal(HttpStatusCode.Created, posted.StatusCode);
        Assert.Equal("1", Assert.Single(posted.Headers.GetValues("E3-Simulated")));

        string stored = await StoredAsync("/checkout/1");
        Assert.DoesNotContain(Card, stored, StringComparison.Ordinal);
        Assert.Equal(Body, Token().Replace(stored, static match => match.Index < 40 ? "\"4242424242424242\"" : "123"));
        Assert.Equal(2, Token().Count(stored));

        using HttpResponseMessage read = await RelayRun.SendAsync(HttpMethod.Get, new Uri(Run.Readers, "checkout/1"));
        Assert.Equal(Body, await read.Content.ReadAsStringAsync());
        Assert.Contains("no-store", read.Headers.CacheControl!.ToString(), StringComparison.Ordinal);

        using HttpResponseMessage masked = await RelayRun.SendAsync(HttpMethod.Get, new Uri(Run.Public, "checkout/1"));
        using JsonDocument seen = JsonDocument.Parse(await masked.Content.ReadAsStringAsync());
        Assert.Equal("************4242", seen.RootElement.GetProperty("card").GetProperty("number").GetString());
        Assert.Equal("***", seen.RootElement.GetProperty("card").GetProperty("cvc").GetString());
    }

    [Fact]
    public async Task Form_Posted_IsStoredAsTokensAndComesBack()
    {
        const string Body = "name=J%C3%B6rg+M&card_number=4242424242424242&card%5Bcvc%5D=123&x=%20";
        using HttpResponseMessage posted = await RelayRun.SendAsync(HttpMethod.Post, new Uri(Run.Public, "checkout/form"), Body, "application/x-www-form-urlencoded");
        Assert.Equal(HttpStatusCode.Created, posted.StatusCode);
        string stored = await StoredAsync("/checkout/form");
        Assert.Matches("^name=J%C3%B6rg\\+M&card_number=e3\\.[\\w-]+&card%5Bcvc%5D=e3\\.[\\w-]+&x=%20$", stored);
        using HttpResponseMessage read = await RelayRun.SendAsync(HttpMethod.Get, new Uri(Run.Readers, "checkout/form"));
        Assert.Equal(Body, await read.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task UnmarkedRoute_PassesBytesUntouched()
    {
        byte[] bytes = new byte[300_000];
        new Random(3).NextBytes(bytes);
        using var content = new ByteArrayContent(bytes);
        content.Headers.TryAddWithoutValidation("Content-Type", "image/png");
        using HttpResponseMessage posted = await RelayRun.Http.PostAsync(new Uri(Run.Public, "other/picture"), content);
        Assert.Equal(HttpStatusCode.Created, posted.StatusCode);
        Assert.Equal(bytes, await RelayRun.Http.GetByteArrayAsync(new Uri(Run.Public, "other/picture")));
    }

    [Theory]
    [InlineData("/%63heckout/a")]
    [InlineData("/CHECKOUT/b")]
    [InlineData("/checkout/c/")]
    public async Task OtherSpellingsOfThePath_GetTheRule(string target)
    {
        using RawHttpConnection raw = await RawHttpConnection.ConnectAsync(Run.Public.Port);
        RawHttpResponse response = await PostRawAsync(raw, target, "{\"card\":{\"number\":\"4242424242424242\"}}");
        Assert.Equal(201, response.Status);
        Assert.DoesNotContain(Card, await RelayRun.Http.GetStringAsync(new Uri(Run.Echo, "stored")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OtherSpellingsOfTheNames_GetTheRule()
    {
        using HttpResponseMessage posted = await RelayRun.SendAsync(HttpMethod.Post, new Uri(Run.Public, "checkout/case"), "{\"CARD\":{\"Number\":\"4242424242424242\"}}");
        Assert.Equal(HttpStatusCode.Created, posted.StatusCode);
        Assert.Single(Token().Matches(await StoredAsync("/checkout/case")));
    }

    [Theory]
    [InlineData("//checkout", 400)]
    [InlineData("/x/../checkout", 400)]
    [InlineData("/checkout%2Fx", 400)]
    [InlineData("/checkout;v=1", 400)]
    [InlineData("/checkout\\x", 400)]
    public async Task AmbiguousPaths_AreRefusedAndNothingIsForwarded(string target, int status)
    {
        string before = await RelayRun.Http.GetStringAsync(new Uri(Run.Echo, "stored"));
        using RawHttpConnection raw = await RawHttpConnection.ConnectAsync(Run.Public.Port);
        RawHttpResponse response = await PostRawAsync(raw, target, "{\"card\":{\"number\":\"4000000000000002\"}}");
        Assert.Equal(status, response.Status);
        Assert.Equal("application/problem+json", response.Header("Content-Type"));
        Assert.DoesNotContain("4000000000000002", response.Text, StringComparison.Ordinal);
        string after = await RelayRun.Http.GetStringAsync(new Uri(Run.Echo, "stored"));
        Assert.DoesNotContain("4000000000000002", after, StringComparison.Ordinal);
        Assert.Equal(before.Contains(target, StringComparison.Ordinal), after.Contains(target, StringComparison.Ordinal));
    }

    [Fact]
    public async Task LookAlikeOfAToken_DoesNotArriveAsItIs()
    {
        string fake = "e3." + Convert.ToBase64String("4242424242424242"u8).TrimEnd('=');
        using HttpResponseMessage posted = await RelayRun.SendAsync(HttpMethod.Post, new Uri(Run.Public, "checkout/fake"), $"{{\"card\":{{\"number\":\"{fake}\"}}}}");
        Assert.DoesNotContain(fake, await RelayRun.Http.GetStringAsync(new Uri(Run.Echo, "stored")), StringComparison.Ordinal);
        if (posted.IsSuccessStatusCode)
        {
            string read = await RelayRun.Http.GetStringAsync(new Uri(Run.Readers, "checkout/fake"));
            Assert.Contains(fake, read, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Cli_ListsAppsKeysAndStatus_WithoutASecret()
    {
        (int code, string apps) = await RelayRun.HelperAsync(shipped.State, "apps", "list");
        Assert.True(code == 0 && apps.Contains("shop", StringComparison.Ordinal), apps);
        (code, string keys) = await RelayRun.HelperAsync(shipped.State, "keys", "show", "shop", "--json");
        Assert.True(code == 0, keys);
        using JsonDocument document = JsonDocument.Parse(keys);
        Assert.DoesNotContain("private", keys, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("keyId", keys, StringComparison.OrdinalIgnoreCase);
        (code, string status) = await RelayRun.HelperAsync(shipped.State, "status");
        Assert.True(code == 0 && status.Contains("simulated", StringComparison.OrdinalIgnoreCase), status);
        (code, string created) = await RelayRun.HelperAsync(shipped.State, "apps", "create", "second");
        Assert.True(code == 0, created);
        (_, apps) = await RelayRun.HelperAsync(shipped.State, "apps", "list");
        Assert.Contains("second", apps, StringComparison.Ordinal);
    }

    private async Task<string> StoredAsync(string path)
    {
        using JsonDocument stored = JsonDocument.Parse(await RelayRun.Http.GetStringAsync(new Uri(Run.Echo, "stored")));
        return stored.RootElement.EnumerateArray().First(entry => entry.GetProperty("path").GetString() == path).GetProperty("body").GetString()!;
    }

    private static async Task<RawHttpResponse> PostRawAsync(RawHttpConnection raw, string target, string body)
    {
        await raw.SendAsync($"POST {target} HTTP/1.1\r\nHost: shop.example\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        return (await raw.ReadResponseAsync())!;
    }

    [GeneratedRegex("\"e3\\.[A-Za-z0-9_-]+\"")]
    private static partial Regex Token();

    /// <summary>One run of the programs for all tests of the class.</summary>
    public sealed class Shipped : IAsyncLifetime
    {
        private readonly TempFolder _folder = new();

        internal RelayRun Run { get; private set; } = null!;

        internal string State => _folder.PathOf("s");

        public async ValueTask InitializeAsync()
        {
            Run = await RelayRun.StartAsync(State);
            TestContext.Current.SendDiagnosticMessage("first start to ready: {0:F2} s", Run.TimeToReady.TotalSeconds);
        }

        public async ValueTask DisposeAsync()
        {
            await Run.DisposeAsync();
            _folder.Dispose();
        }
    }
}
