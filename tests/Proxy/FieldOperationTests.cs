using System.Text.RegularExpressions;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Proxy.Tests.Hosting;

namespace E3.Relay.Proxy.Tests;

/// <summary>Every operation of the rules against what the engine is asked, and what becomes of what it answers.</summary>
[Collection(Alone.Name)]
public sealed class FieldOperationTests
{
    private const string Preserve = "preserve: {alphabet: digits, first: 6, last: 4, luhn: true, key: 1}";

    private static string Rule(string direction, string operation) => $$"""
        app: shop
        rules:
          - id: one
            match: {path: /**}
            {{direction}}:
              - {{operation.Replace("\n", "\n        ", StringComparison.Ordinal)}}
        """;

    [Theory]
    [InlineData("encrypt: {json: [$.a]}\nrole: card\ndeterministic: true", TransformOperation.EncryptDeterministic)]
    [InlineData("encrypt: {json: [$.a]}\nrole: card", TransformOperation.Encrypt)]
    [InlineData("encrypt: {json: [$.a]}\nrole: card\n" + Preserve, TransformOperation.Preserve)]
    [InlineData("decrypt: {json: [$.a]}\nrole: card\n" + Preserve, TransformOperation.Unpreserve)]
    [InlineData("hash: {json: [$.a]}\nrole: card", TransformOperation.Hash)]
    [InlineData("mask: {json: [$.a], first: 1, last: 2, with: '•'}\nrole: card", TransformOperation.Mask)]
    public async Task Operation_OfARule_IsTheEngines(string operation, TransformOperation asked)
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rule("request", operation));
        using HttpResponseMessage response = await relay.PostAsync("/x", """{"a":"4242424242424242","b":1}""");
        Assert.Equal(200, (int)response.StatusCode);
        TransformGroup group = Assert.Single(relay.Requests.Groups);
        Assert.Equal((asked, "shop", "card"), (group.Operation, group.App, group.Role));
        (byte First, byte Last, uint With) mask = asked == TransformOperation.Mask ? ((byte)1, (byte)2, (uint)'•') : asked is TransformOperation.Preserve or TransformOperation.Unpreserve ? ((byte)6, (byte)4, '*') : ((byte)0, (byte)0, '*');
        Assert.Equal(mask, (group.KeepFirst, group.KeepLast, group.MaskWith));
        bool preserves = asked is TransformOperation.Preserve or TransformOperation.Unpreserve;
        Assert.Equal((Alphabet.Digits, preserves, preserves ? 1u : 0u), (group.Alphabet, group.Luhn, group.KeyVersion));
        string sent = Assert.Single(relay.Upstream.Requests).Text;
        Assert.EndsWith("\",\"b\":1}", sent, StringComparison.Ordinal);
        Assert.DoesNotContain("\"4242424242424242\"", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Preserve_WayThereAndBack_GivesTheValueAgain()
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rule("request", "encrypt: {json: [$.a]}\nrole: card\n" + Preserve), Rule("response", "decrypt: {json: [$.a]}\nrole: card\n" + Preserve));
        await relay.PostAsync("/x", """{"a":"4242424242424242"}""");
        string sent = Assert.Single(relay.Upstream.Requests).Text;
        Assert.Equal("""{"a":"4242425353534242"}""", sent);
        relay.Upstream.AnswerWith("application/json", sent);
        Assert.Equal("""{"a":"4242424242424242"}""", await relay.Client.GetStringAsync(relay.Uri("readers", "/x")));
    }

    [Theory]
    [InlineData("""{"a":"4242-4242-4242-4242"}""")]
    [InlineData("""{"a":"4242"}""")]
    [InlineData("""{"a":4242424242424242}""")]
    [InlineData("""{"a":true}""")]
    [InlineData("""{"a":""}""")]
    public async Task Preserve_ValueThatDoesNotFit_Is422AndNothingGoesUpstream(string body)
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rule("request", "encrypt: {json: [$.a]}\nrole: card\n" + Preserve));
        using HttpResponseMessage response = await relay.PostAsync("/x", body);
        await Answers.AssertProblemAsync(response, 422, "cannot-preserve", "one");
        Assert.Equal(0, relay.Upstream.Arrived);
    }

    [Fact]
    public async Task Preserve_KeyVersionThatIsNone_IsAFaultOfTheRules()
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rule("request", "encrypt: {json: [$.a]}\nrole: card\npreserve: {alphabet: digits, key: 2}"));
        using HttpResponseMessage response = await relay.PostAsync("/x", """{"a":"4242424242424242"}""");
        await Answers.AssertProblemAsync(response, 500, "key-unknown", "one");
        Assert.Equal(0, relay.Upstream.Arrived);
    }

    [Theory]
    [InlineData("$.a", """{"a":"no digits"}""", 502)]
    [InlineData("$..a", """{"a":"no digits"}""", 200)]
    [InlineData("$.a", """{"a":17}""", 200)]
    public async Task Preserve_UndoingWhatItDidNotMake_FollowsOnError(string selector, string body, int status)
    {
        await using TestRelay relay = await TestRelay.StartAsync(readersRules: Rule("response", $"decrypt: {{json: ['{selector}']}}\nrole: card\n{Preserve}"));
        relay.Upstream.AnswerWith("application/json", body);
        using HttpResponseMessage response = await relay.Client.GetAsync(relay.Uri("readers", "/x"));
        if (status == 200)
            Assert.Equal(body, await response.Content.ReadAsStringAsync());
        else
            await Answers.AssertProblemAsync(response, status, "cannot-preserve", "one");
    }

    [Theory]
    [InlineData("redact: {json: [$.a, $.b]}", "[redacted]")]
    [InlineData("redact: {json: [$.a, $.b], with: 'gone \"<'}", "gone \\u0022\\u003C")]
    [InlineData("redact: {json: [$.a, $.b], with: ''}", "")]
    public async Task Redact_AnyValue_IsReplacedWithoutTheEngine(string operation, string text)
    {
        await using TestRelay relay = await TestRelay.StartAsync(readersRules: Rule("response", operation));
        relay.Upstream.AnswerWith("application/json", """{"a":"4242","b":{"c":[1,true,null]}}""");
        for (int i = 0; i < 2; i++)
            Assert.Equal($$$"""{"a":"{{{text}}}","b":{"c":["{{{text}}}","{{{text}}}",null]}}""", await relay.Client.GetStringAsync(relay.Uri("readers", "/x")), ignoreCase: true);
        Assert.Empty(relay.Readers.Groups);
        Assert.Matches("e3_relay_fields_total\\{[^}]*outcome=\"redacted\",rule=\"one\"[^}]*\\} 6", await relay.MetricsAsync());
    }

    [Fact]
    public async Task Rewrap_TokensAndOtherValues_RenewsTheTokensAndLeavesTheOthers()
    {
        await using TestRelay relay = await TestRelay.StartAsync(readersRules: Rule("response", "rewrap: {json: ['$.*']}\nrole: card"));
        string token = FakeCipher.Token("12", type: DataType.Number), foreign = FakeCipher.Token("x", app: "other");
        relay.Upstream.AnswerWith("application/json", $$"""{"a":"{{token}}","b":"plain","c":"{{foreign}}","d":7}""");
        string body = await relay.Client.GetStringAsync(relay.Uri("readers", "/x"));
        Assert.EndsWith("\",\"b\":\"plain\",\"c\":\"" + foreign + "\",\"d\":7}", body, StringComparison.Ordinal);
        Assert.Equal("12", FakeCipher.Plain(Regex.Match(body, "e3\\.[\\w-]+").Value));
        Assert.Equal(TransformOperation.Rewrap, Assert.Single(relay.Readers.Groups).Operation);
        string metrics = await relay.MetricsAsync();
        Assert.Matches("e3_relay_fields_total\\{[^}]*outcome=\"rewrapped\",rule=\"one\"[^}]*\\} 1", metrics);
        Assert.Matches("e3_relay_fields_total\\{[^}]*outcome=\"not-token\",rule=\"one\"[^}]*\\} 2", metrics);
        Assert.Matches("e3_relay_fields_total\\{[^}]*outcome=\"unopenable\",rule=\"one\"[^}]*\\} 1", metrics);
        Assert.Matches("e3_relay_rules_matched_total\\{[^}]*rule=\"one\"[^}]*\\} 1", metrics);
    }

    [Theory]
    [InlineData("rewrap: {json: [$.a]}\nrole: card\nstrict: true", """{"a":"plain"}""", 422, "not-a-token")]
    [InlineData("rewrap: {json: [$.a]}\nrole: card", "foreign", 422, "cannot-decrypt")]
    public async Task Rewrap_InARequest_FailsOnWhatItCannotRenew(string operation, string body, int status, string code)
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rule("request", operation));
        using HttpResponseMessage response = await relay.PostAsync("/x", body == "foreign" ? $$"""{"a":"{{FakeCipher.Token("x", app: "other")}}"}""" : body);
        await Answers.AssertProblemAsync(response, status, code, "one");
        Assert.Equal(0, relay.Upstream.Arrived);
    }

    [Fact]
    public async Task Whole_ObjectsAndArrays_BecomeOneTokenOfTheirBytesAndComeBack()
    {
        const string Value = "{ \"n\" : 1.10, \"k\":[1e400,\"\\u00e9\"] }";
        await using TestRelay relay = await TestRelay.StartAsync(Rule("request", "encrypt: {json: [$.a, $.b, $.c, $.d]}\nrole: card\nwhole: true"), Rule("response", "decrypt: {json: [$.a, $.b, $.c, $.d]}\nrole: card"));
        string body = $$"""{"a": {{Value}} ,"b":[ ],"c":null,"d":"text"}""";
        await relay.PostAsync("/x", body);
        string sent = Assert.Single(relay.Upstream.Requests).Text;
        Assert.Equal([Value, "[ ]", "text"], Regex.Matches(sent, "e3\\.[\\w-]+").Select(match => FakeCipher.Plain(match.Value)));
        Assert.Equal([DataType.Object, DataType.Array, DataType.String], Assert.Single(relay.Requests.Groups).Items.Select(item => item.Type));
        relay.Upstream.AnswerWith("application/json", sent);
        Assert.Equal(body, await relay.Client.GetStringAsync(relay.Uri("readers", "/x")));
    }

    [Theory]
    [InlineData("{\"a\":1")]
    [InlineData("[1]")]
    [InlineData("{\"a\":1}, \"admin\": true")]
    public async Task Decrypt_OfAnObjectThatIsNone_Is502(string value)
    {
        await using TestRelay relay = await TestRelay.StartAsync(readersRules: Rule("response", "decrypt: {json: [$.a]}\nrole: card"));
        relay.Upstream.AnswerWith("application/json", $$"""{"a":"{{FakeCipher.Token(value, type: DataType.Object)}}"}""");
        using HttpResponseMessage response = await relay.Client.GetAsync(relay.Uri("readers", "/x"));
        await Answers.AssertProblemAsync(response, 502, "cannot-decrypt", "one");
    }

    [Fact]
    public async Task Decrypt_OfAValueThatIsATokenItself_IsNotOpenedAgain()
    {
        await using TestRelay relay = await TestRelay.StartAsync(readersRules: Rule("response", "decrypt: {json: ['$..a']}\nrole: card"));
        string inner = FakeCipher.Token("4242424242424242");
        relay.Upstream.AnswerWith("application/json", $$"""{"a":"{{FakeCipher.Token(inner)}}"}""");
        Assert.Equal($$"""{"a":"{{inner}}"}""", await relay.Client.GetStringAsync(relay.Uri("readers", "/x")));
    }

    [Theory]
    [InlineData("hash: {json: [$.a]}\nrole: card")]
    [InlineData("encrypt: {json: [$.a]}\nrole: card\ndeterministic: true")]
    [InlineData("encrypt: {json: [$.a]}\nrole: card\n" + Preserve)]
    public async Task Operation_ThatTheGrantDoesNotName_LetsNothingPass(string operation)
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rule("request", operation));
        relay.Requests.Instead = (_, _) => new TransformResult(ErrorCode.OperationNotGranted, default, default);
        using HttpResponseMessage response = await relay.PostAsync("/x", """{"a":"4242424242424242"}""");
        await Answers.AssertProblemAsync(response, 403, "not-granted", "one");
        Assert.Equal(0, relay.Upstream.Arrived);
    }
}
