using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using E3.Relay.Testing;

namespace E3.Relay.EndToEnd.Tests;

/// <summary>The operations besides plain encryption, by the engine itself.</summary>
public sealed partial class FieldOperationTests(FieldOperationTests.OwnRules run) : IClassFixture<FieldOperationTests.OwnRules>
{
    private const string Body = """{"mail":"ada@example.com", "customer":"C-17","card":"4242424242424242", "address":{ "zip":"10115" , "lines":[1.10,null,"é"]}, "note":"kept","secret":"s1"}""";

    private RelayRun Run => run.Run;

    [Fact]
    public async Task Hash_OfOneValue_IsTheSameAndOfAnotherIsOther()
    {
        using JsonDocument first = await PostAsync("h1", Body), second = await PostAsync("h2", Body), other = await PostAsync("h3", Body.Replace("ada@", "bob@", StringComparison.Ordinal));
        string hash = Text(first, "mail");
        Assert.Matches("^[A-Za-z0-9_-]{43}$", hash);
        Assert.Equal(hash, Text(second, "mail"));
        Assert.NotEqual(hash, Text(other, "mail"));
    }

    [Fact]
    public async Task Deterministic_OfOneValue_IsTheSameTokenAndPlainEncryptionIsNot()
    {
        using JsonDocument first = await PostAsync("d1", Body), second = await PostAsync("d2", Body);
        Assert.StartsWith("e3.", Text(first, "customer"), StringComparison.Ordinal);
        Assert.Equal(Text(first, "customer"), Text(second, "customer"));
        Assert.NotEqual(Text(first, "secret"), Text(second, "secret"));
    }

    [Fact]
    public async Task Preserve_OfACard_KeepsLengthCheckDigitAndLastFour()
    {
        using JsonDocument stored = await PostAsync("p1", Body);
        string card = Text(stored, "card");
        Assert.Matches("^[0-9]{12}4242$", card);
        Assert.NotEqual("4242424242424242", card);
        Assert.Equal(0, card.Reverse().Select((digit, i) => i % 2 == 0 ? digit - '0' : 2 * (digit - '0') is > 9 and var twice ? twice - 9 : 2 * (digit - '0')).Sum() % 10);
    }

    [Theory]
    [InlineData("4242424242424241")]
    [InlineData("42424242")]
    [InlineData("4242-4242-4242-4242")]
    [InlineData("")]
    public async Task Preserve_OfWhatDoesNotFit_IsRefusedByItsCode(string card)
    {
        using HttpResponseMessage response = await RelayRun.SendAsync(HttpMethod.Post, new Uri(Run.Public, "v/bad"), $$"""{"card":"{{card}}"}""");
        string problem = await response.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        Assert.Contains("\"code\":\"cannot-preserve\",\"rule\":\"in\"", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whole_Object_IsOneToken()
    {
        using JsonDocument stored = await PostAsync("w1", Body);
        Assert.StartsWith("e3.", Text(stored, "address"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Readers_GetEveryValueBackByteByByteButTheHash()
    {
        using JsonDocument stored = await PostAsync("r1", Body);
        string read = await RelayRun.Http.GetStringAsync(new Uri(Run.Readers, "v/r1"));
        Assert.Equal(Body.Replace("ada@example.com", Text(stored, "mail"), StringComparison.Ordinal), read);
    }

    [Fact]
    public async Task Rewrap_OfAToken_GivesAnotherOneOfTheSameValue()
    {
        using JsonDocument stored = await PostAsync("n1", Body);
        using JsonDocument renewed = JsonDocument.Parse(await RelayRun.Http.GetStringAsync(new Uri(Run.Public, "v/n1")));
        Assert.Matches(Token(), Text(renewed, "secret"));
        Assert.NotEqual(Text(stored, "secret"), Text(renewed, "secret"));
        Assert.Equal(Text(stored, "customer"), Text(renewed, "customer"));
        using HttpResponseMessage posted = await RelayRun.SendAsync(HttpMethod.Post, new Uri(Run.Public, "moved/n1"), $$"""{"secret":"{{Text(renewed, "secret")}}"}""");
        Assert.Equal("""{"secret":"s1"}""", await RelayRun.Http.GetStringAsync(new Uri(Run.Readers, "moved/n1")));
    }

    private async Task<JsonDocument> PostAsync(string name, string body)
    {
        using HttpResponseMessage posted = await RelayRun.SendAsync(HttpMethod.Post, new Uri(Run.Public, $"v/{name}"), body);
        Assert.True(posted.StatusCode == HttpStatusCode.Created, await posted.Content.ReadAsStringAsync());
        return JsonDocument.Parse(await RelayRun.Http.GetStringAsync(new Uri(Run.Echo, $"v/{name}")));
    }

    private static string Text(JsonDocument document, string member) => document.RootElement.GetProperty(member).GetString()!;

    [GeneratedRegex("^e3\\.[A-Za-z0-9_-]+$")]
    private static partial Regex Token();

    /// <summary>One run with rules for all operations.</summary>
    public sealed class OwnRules : IAsyncLifetime
    {
        private const string In = """
            app: shop
            unmatched: pass
            rules:
              - id: in
                match: {path: "/v/*", methods: [POST]}
                request:
                  - {hash: {json: [$.mail]}, role: mail}
                  - {encrypt: {json: [$.customer]}, role: customer, deterministic: true}
                  - {encrypt: {json: [$.card]}, role: card, preserve: {alphabet: digits, last: 4, luhn: true, key: 1}}
                  - {encrypt: {json: [$.address]}, role: address, whole: true}
                  - {encrypt: {json: [$.secret]}, role: secret}
              - id: renew
                match: {path: "/v/*", methods: [GET]}
                response:
                  - {rewrap: {json: [$.secret, $.customer]}, role: secret, onError: leave}
            """;

        private const string Out = """
            app: shop
            unmatched: pass
            rules:
              - id: out
                match: {path: "/*/*", methods: [GET]}
                response:
                  - {decrypt: {json: [$.customer]}, role: customer}
                  - {decrypt: {json: [$.card]}, role: card, preserve: {alphabet: digits, last: 4, luhn: true, key: 1}}
                  - {decrypt: {json: [$.address]}, role: address}
                  - {decrypt: {json: [$.secret]}, role: secret}
            """;

        private readonly TempFolder _folder = new();

        internal RelayRun Run { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            string publicRules = _folder.PathOf("in.yaml"), readersRules = _folder.PathOf("out.yaml");
            await File.WriteAllTextAsync(publicRules, In);
            await File.WriteAllTextAsync(readersRules, Out);
            Run = await RelayRun.StartAsync(_folder.PathOf("s"), publicRules: publicRules, readersRules: readersRules, more: new Dictionary<string, string>
            {
                ["Relay__Listeners__public__RequestCaller"] = "all-requests",
                ["Relay__Listeners__public__ResponseCaller"] = "all-requests",
                ["Relay__Listeners__readers__ResponseCaller"] = "all-readers",
            });
        }

        public async ValueTask DisposeAsync()
        {
            await Run.DisposeAsync();
            _folder.Dispose();
        }
    }
}
