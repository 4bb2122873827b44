using System.Net.Http.Headers;
using System.Text;
using E3.Relay.Proxy.Tests.Hosting;

namespace E3.Relay.Proxy.Tests;

/// <summary>Texts and tables through the whole proxy.</summary>
public sealed class TextRuleTests
{
    private const string Rules = """
        app: shop
        rules:
          - id: ticket-in
            match: {path: /tickets, methods: [POST]}
            request:
              - encrypt: {text: ['\b(?<value>\d{3}-\d{2}-\d{4})\b']}
                role: card
          - id: slow
            match: {path: /slow, methods: [POST]}
            request:
              - encrypt: {text: ['(?s)(?<value>x)|a.*[b][c][d][e]|a']}
                role: card
          - id: export
            match: {path: /export, methods: [GET]}
            response:
              - decrypt: {tokens: true}
                role: card
                trusted: only the shop writes exports
          - id: log
            match: {path: /log, methods: [GET]}
            response:
              - mask: {text: ['(?m)^card=(?<value>.+)$'], last: 4}
                role: card
        """;

    [Theory]
    [InlineData("text/plain", "no 078-05-1120, 1\r\n", "no ", ", 1\r\n", null)]
    [InlineData("text/csv; charset=utf-8", "é;\"078-05-1120\"\n", "é;\"", "\"\n", "gzip")]
    public async Task Request_Text_IsEncryptedWhereThePatternMatches(string contentType, string body, string before, string after, string? coding)
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        using var content = new ByteArrayContent(coding is null ? bytes : Compressed.Make(coding, bytes));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        if (coding is not null)
            content.Headers.ContentEncoding.Add(coding);
        using HttpResponseMessage response = await relay.Client.PostAsync(relay.Uri("public", "/tickets"), content);
        Assert.Equal(200, (int)response.StatusCode);
        byte[] seen = Assert.Single(relay.Upstream.Requests).Body;
        string text = coding is null ? Encoding.UTF8.GetString(seen) : Compressed.Undo(coding, seen);
        Assert.StartsWith(before, text, StringComparison.Ordinal);
        Assert.EndsWith(after, text, StringComparison.Ordinal);
        Assert.Equal("078-05-1120", FakeCipher.Plain(text[before.Length..^after.Length]));
    }

    [Fact]
    public async Task Request_ThatMakesAPatternSlow_Is413AndTheTextReachesNoLog()
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        using HttpResponseMessage response = await relay.PostAsync("/slow", new string('a', 1_000_000), "text/plain");
        await Answers.AssertProblemAsync(response, 413, "selector-too-costly", "slow");
        Assert.Equal(0, relay.Upstream.Arrived);
        Assert.DoesNotContain(relay.Log.Lines, line => line.Contains("aaaa", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("4242", "4242")]
    [InlineData("-12", null)]
    [InlineData("a\nb", null)]
    public async Task Response_TokensOfATable_AreOpenedUnlessTheirValueIsMoreThanOneCell(string value, string? shown)
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        string token = FakeCipher.Token(value);
        relay.Upstream.AnswerWith("text/csv", $"id,card\n1,{token}\n");
        Assert.Equal($"id,card\n1,{shown ?? token}\n", await relay.Client.GetStringAsync(relay.Uri("public", "/export")));
    }

    [Fact]
    public async Task Response_Text_IsMaskedWhereThePatternMatches()
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        relay.Upstream.AnswerWith("text/plain", "a\ncard=4242424242424242\nb");
        Assert.Equal("a\ncard=************4242\nb", await relay.Client.GetStringAsync(relay.Uri("public", "/log")));
    }

    [Fact]
    public async Task Request_InAnotherCharset_Is415()
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        using HttpResponseMessage response = await relay.PostAsync("/tickets", "x", "text/plain; charset=iso-8859-1");
        await Answers.AssertProblemAsync(response, 415, "unsupported-charset", "ticket-in");
    }
}
