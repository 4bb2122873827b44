using E3.Relay.Rules.Examples;

namespace E3.Relay.Rules.Tests.Documents;

public sealed class ExampleTests
{
    [Fact]
    public void Load_ExampleWithAllItsKeys_IsInTheRuleSet()
    {
        RuleExample example = Read("""
            - name: a card
              send: {method: PUT, path: /x/7?a=1, host: shop, as: {sub: u1, scope: [a, b]}, contentType: text/json, headers: {X-A: "1"}, body: '{"a":"{{token: 42}}"}'}
              receive: {method: GET, status: 201, body: '{{sent}}'}
              expect: {status: 201, body: 'x', json: {$.a: encrypted, $.b: {equals: 1.10}}, form: {c: {equals: "1"}}}
            """);
        Assert.Equal(("file1.yaml", "under-test", "a card", false), (example.File, example.RuleId, example.Name, example.ExactNames));
        ExampleMessage send = example.Send!, receive = example.Receive!;
        Assert.Equal(("PUT", "/x/7?a=1", "shop", "text/json"), (send.Method, send.Path, send.Host, send.ContentType));
        Assert.Equal(["u1"], send.Caller["sub"]);
        Assert.Equal(["a", "b"], send.Caller["scope"]);
        Assert.Equal(new KeyValuePair<string, string>("X-A", "1"), Assert.Single(send.Headers));
        Assert.Equal(("GET", "/x/7?a=1", "shop", 201), (receive.Method, receive.Path, receive.Host, receive.Status));
        Assert.True(receive.Body!.UsesSent);
        Assert.Equal(
            [("json", "$.a", FieldOutcome.Encrypted, null), ("json", "$.b", FieldOutcome.Equals, "1.10"), ("form", "c", FieldOutcome.Equals, "1")],
            example.Expect.Fields.Select(field => (field.Place, field.Selector, field.Outcome, field.Value)));
        Assert.Equal([false, true, false], example.Expect.Fields.Select(field => field.ValueIsPlain));
    }

    [Theory]
    [InlineData("path: /**", "POST", "/1", "example.com")]
    [InlineData("path: /a/*/b c/**, methods: [PATCH, PUT], hosts: [Shop.example.com]", "PATCH", "/a/1/b%20c/1", "shop.example.com")]
    public void Load_ExampleWithoutARequestLine_TakesOneThatTheRuleMatches(string match, string method, string path, string host)
    {
        ExampleMessage send = Read("- {send: {body: '{}'}, expect: {status: 200}}", match).Send!;
        Assert.Equal((method, path, host, "application/json"), (send.Method, send.Path, send.Host, send.ContentType));
    }

    [Theory]
    [InlineData("send: {body: 'a=1'}, expect: {form: {a: encrypted}}", "application/x-www-form-urlencoded")]
    [InlineData("send: {body: 'a=1', contentType: none}, expect: {form: {a: encrypted}}", null)]
    [InlineData("send: {}, expect: {status: 422}", null)]
    public void Load_ExampleWithoutAContentType_TakesTheOneItSpeaksOf(string example, string? expected) => Assert.Equal(expected, Read($"- {{{example}}}").Send!.ContentType);

    [Theory]
    [InlineData("{expect: {status: 1}}", "neither send nor receive")]
    [InlineData("{send: {}}", "'expect' is missing")]
    [InlineData("{send: {}, expect: {}}", "'expect' says nothing")]
    [InlineData("{send: {}, expect: {status: 99}}", "at least 100")]
    [InlineData("{send: {status: 200}, expect: {status: 200}}", "'status' is no key of 'send'")]
    [InlineData("{send: {bdoy: a}, expect: {status: 200}}", "did you mean 'body'?")]
    [InlineData("{receive: {body: '{{sent}}'}, expect: {status: 200}}", "no send with a body")]
    [InlineData("{send: {}, expect: {json: {$.a: encryptd}}}", "did you mean 'encrypted'?")]
    [InlineData("{send: {}, expect: {json: {'$.a[': encrypted}}}", "JSONPath '$.a['")]
    [InlineData("{send: {}, expect: {json: {$.a: {equals: {b: 1}}}}}", "compare objects and arrays with body")]
    [InlineData("{send: {}, expect: {json: {$.a: {is: 1}}}}", "'is' is no key")]
    [InlineData("{send: {}, expect: {code: masked-value, json: {$.a: encrypted}}}", "a refused message has no fields")]
    [InlineData("{send: {as: [sub]}, expect: {status: 200}}", "'as' wants a mapping")]
    [InlineData("7", "an example is a mapping")]
    public void Load_ExampleWithAMistake_IsAProblemOnItsLine(string example, string words)
    {
        RuleLoadResult result = RulesUnderTest.TryLoad(File($"- {example}"));
        Assert.Contains(result.Problems, problem => problem.Line == 10 && problem.RuleId == "under-test" && problem.Message.Contains(words, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{{token: 42}}", "Token String 42")]
    [InlineData("{{token:42}}", "Token String 42")]
    [InlineData("{{token number: 1.10}}", "Token Number 1.10")]
    [InlineData("{{token object: {\"a\":{\"b\":1}}}}", "Token Object {\"a\":{\"b\":1}}")]
    [InlineData("a{{foreign: x}}b{{sent}}", "Text String a|Foreign String x|Text String b|Sent String ")]
    [InlineData("{{tokens: 1}} {{token 1}} {{token date: 1}} {{token: 1}", "Text String {{tokens: 1}} {{token 1}} {{token date: 1}} {{token: 1}")]
    [InlineData("{{", "Text String {{")]
    [InlineData("{\"a\":{\"b\":\"{{token: 1}}\"}}", "Text String {\"a\":{\"b\":\"|Token String 1|Text String \"}}")]
    [InlineData("", "")]
    public void Parse_Text_IsCutAtItsPlaceholders(string text, string parts) =>
        Assert.Equal(parts, string.Join('|', ExampleText.Parse(text).Parts.Select(part => $"{part.Kind} {part.Type} {part.Value}")));

    [Theory]
    [InlineData(FieldType.String, "a b")]
    [InlineData(FieldType.Number, "1.10")]
    [InlineData(FieldType.Object, "{\"a\":{}}")]
    [InlineData(FieldType.Array, "[1]")]
    public void Write_TokenOfAValue_ReadsBack(FieldType type, string value) =>
        Assert.Equal(new ExamplePart(ExamplePartKind.Token, type, value), Assert.Single(ExampleText.Parse(ExampleText.Write(type, value)).Parts));

    private static RuleExample Read(string example, string match = "path: /**") => Assert.Single(RulesUnderTest.Load(File(example, match)).Examples);

    private static string File(string examples, string match = "path: /**") => RulesUnderTest.File("""
        request:
          - encrypt: {json: [$.a], form: [a]}
            role: card
        examples:
        """ + "\n" + string.Join('\n', examples.Split('\n').Select(line => "  " + line)), match);
}
