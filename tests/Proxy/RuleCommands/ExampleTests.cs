using E3.Relay.Testing;

namespace E3.Relay.Proxy.Tests.RuleCommands;

public sealed class ExampleTests
{
    private const string Rules = """
        app: shop
        rules:
          - id: in
            match: {path: "/x/*", methods: [PUT]}
            request:
              - encrypt: {json: [$.a], form: [a]}
                role: card
                bind: ["path:2"]
              - {encrypt: {json: [$.d]}, role: card, deterministic: true}
              - {encrypt: {json: [$.p]}, role: card, preserve: {alphabet: digits, last: 4, luhn: true, key: 1}}
              - {encrypt: {json: [$.w]}, role: card, whole: true}
              - {hash: {json: [$.h]}, role: card}
              - redact: {json: [$.r]}
              - {rewrap: {json: [$.t]}, role: card}
          - id: out
            match: {path: "/x/*", methods: [GET]}
            response:
              - {decrypt: {json: [$.a]}, role: card, bind: ["path:2"]}
              - {decrypt: {json: [$.p]}, role: card, preserve: {alphabet: digits, last: 4, luhn: true, key: 1}}
              - decrypt: {json: ["$.list[*]", $.c]}
                role: card
                for: {scope: cards.read}
                else: {mask: {last: 4}}
            examples:

        """;

    [Theory]
    [InlineData("send: {method: PUT, body: '{\"a\":1}'}, expect: {json: {$.a: encrypted, $.b: absent}}")]
    [InlineData("send: {method: PUT, body: 'a=1&b=2'}, expect: {form: {a: encrypted, b: unchanged, b*: unchanged}}")]
    [InlineData("send: {method: PUT, body: '{\"a\": 1, \"b\":1.10}'}, expect: {body: '{\"a\": \"{{token number: 1}}\", \"b\":1.10}'}")]
    [InlineData("send: {method: PUT, body: '{\"d\":[\"x\",\"x\"]}'}, expect: {json: {$.d: encrypted}}")]
    [InlineData("send: {method: PUT, body: '{\"p\":\"4242424242424242\"}'}, expect: {json: {$.p: preserved}}")]
    [InlineData("send: {method: PUT, body: '{\"p\":\"42\"}'}, expect: {status: 422, code: cannot-preserve}")]
    [InlineData("send: {method: PUT, body: '{\"w\":{\"k\":[1,{}]}}'}, expect: {json: {'$.w.k': encrypted, '$.w': {equals: '{{token object: {\"k\":[1,{}]}}}'}}}")]
    [InlineData("send: {method: PUT, body: '{\"h\":\"x\",\"r\":{\"s\":5}}'}, expect: {json: {$.h: hashed, $.r: redacted, $.r.s: {equals: '[redacted]'}}}")]
    [InlineData("send: {method: PUT, body: '{\"t\":\"{{token: 1}}\"}'}, expect: {json: {$.t: rewrapped}}")]
    [InlineData("send: {method: PUT, body: '{\"t\":\"{{foreign: 1}}\"}'}, expect: {code: cannot-decrypt}")]
    [InlineData("send: {method: PUT, body: '{\"a\":\"{{token: 1}}\"}'}, expect: {code: token-not-accepted}")]
    [InlineData("send: {method: PUT, body: '{\"a\":\"****4242\"}'}, expect: {code: masked-value}")]
    [InlineData("send: {method: PUT, body: 'x', contentType: text/plain}, expect: {status: 415, code: unsupported-content-type}")]
    [InlineData("send: {method: PUT, body: 'x', contentType: none}, expect: {status: 415, code: missing-content-type}")]
    [InlineData("send: {method: PUT, path: /x/../y, body: '{}'}, expect: {code: target-dot-segment}")]
    [InlineData("send: {method: PUT, body: '{\"a\":1}', headers: {Content-Encoding: compress}}, expect: {code: unsupported-content-coding}")]
    [InlineData("receive: {body: '{\"a\":\"{{token number: 1.10}}\"}'}, expect: {json: {$.a: decrypted}, body: '{\"a\":1.10}'}")]
    [InlineData("receive: {body: '{\"a\":\"{{foreign: 1}}\"}'}, expect: {status: 502, code: cannot-decrypt}")]
    [InlineData("receive: {body: '{\"a\":null}'}, expect: {json: {$.a: unchanged}}")]
    [InlineData("receive: {status: 204}, expect: {status: 204}")]
    [InlineData("receive: {as: {scope: a cards.read}, body: '{\"c\":\"{{token: 4242424242424242}}\"}'}, expect: {json: {$.c: {equals: \"4242424242424242\"}}}")]
    [InlineData("receive: {body: '{\"c\":\"{{token: 4242424242424242}}\"}'}, expect: {json: {$.c: masked}, body: '{\"c\":\"************4242\"}'}")]
    [InlineData("send: {method: PUT, body: '{\"a\":7,\"p\":\"4242424242424242\"}'}, receive: {method: GET, body: '{{sent}}'}, expect: {json: {$.a: decrypted, $.p: decrypted}, body: '{\"a\":7,\"p\":\"4242424242424242\"}'}")]
    [InlineData("send: {method: PUT, body: '{\"a\":7}'}, receive: {method: GET, path: /x/other, body: '{{sent}}'}, expect: {code: cannot-decrypt}")]
    public async Task Test_ExampleThatHolds_Passes(string example)
    {
        CommandRun run = await CommandRun.RunAsync(Rules + $"      - {{{example}}}\n", ["test", "FILE"]);
        Assert.True(run.Code == 0, run.Output + run.Error);
        Assert.Equal("1 example: 1 passed, 0 failed", run.Lines[^2]);
        Assert.StartsWith("Tokens are placeholders, not encryption", run.Lines[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("send: {path: '/users/4242/x?pan=42&b=1+1'}, expect: {query: {pan: encrypted, p*: encrypted, b: {equals: '1 1'}, c: absent}, path: {2: encrypted, 3: unchanged}}", null)]
    [InlineData("send: {headers: {X-Card: '1', Cookie: 'sid=7; o=8'}}, expect: {header: {x-card: encrypted, X-Card: {equals: '{{token: 1}}'}}, cookie: {sid: encrypted, o: {equals: 8}}}", null)]
    [InlineData("send: {path: '/users/{{token: 1}}/x'}, expect: {code: token-not-accepted}", null)]
    [InlineData("receive: {headers: {X-Card: '{{token: 1}}', Set-Cookie: 'sid={{token: 9}}; Path=/'}}, expect: {header: {X-Card: decrypted}, cookie: {sid: {equals: 9}}}", null)]
    [InlineData("send: {path: '/users/4242/x?b=1'}, expect: {query: {pan: encrypted}}", "query pan: expected encrypted, and it selects nothing")]
    [InlineData("send: {path: '/users/4242/x?b=1'}, expect: {query: {b: encrypted}}", "query b: expected encrypted, and it is unchanged")]
    [InlineData("send: {headers: {X-Card: '1'}}, expect: {header: {X-Card: {equals: 1}}}", "header X-Card: expected 1, and it is {{token: 1}}")]
    [InlineData("send: {headers: {X-Card: '1'}}, expect: {header: {X-Card: absent}}", "header X-Card: expected absent, and it is there")]
    public async Task Test_ExampleOfAHead_PassesOrSaysWhyNot(string example, string? failure)
    {
        CommandRun run = await CommandRun.RunAsync($$$"""
            app: shop
            rules:
              - id: head
                match: {path: /users/*/x}
                request:
                  - encrypt: {query: [pan], header: [X-Card], cookie: [sid], path: {segment: 2}}
                    role: card
                response:
                  - decrypt: {header: [X-Card], cookie: [sid]}
                    role: card
                examples:
                  - {{{{example}}}}
            """, ["test", "FILE"]);
        Assert.True(run.Code == (failure is null ? 0 : 1), run.Output + run.Error);
        if (failure is not null)
            Assert.Contains("     " + failure, run.Lines);
    }

    [Theory]
    [InlineData("send: {method: PUT, body: '{\"a\":1}'}, expect: {json: {$.a: unchanged}}", "$.a: expected unchanged, and it is encrypted")]
    [InlineData("send: {method: PUT, body: '{\"b\":1}'}, expect: {json: {$.b: encrypted}}", "$.b: expected encrypted, and it is unchanged")]
    [InlineData("send: {method: PUT, body: '{\"b\":1}'}, expect: {json: {$.a: encrypted}}", "$.a: expected encrypted, and it selects nothing")]
    [InlineData("send: {method: PUT, body: '{\"b\":1}'}, expect: {json: {$.b: absent}}", "$.b: expected absent, and it is there")]
    [InlineData("send: {method: PUT, body: '{\"a\":1,\"b\":2}'}, expect: {json: {'$.*': encrypted}}", "$.*: expected encrypted, and it is encrypted and unchanged")]
    [InlineData("send: {method: PUT, body: '{\"b\":1}'}, expect: {json: {$.b: {equals: 2}}}", "$.b: expected 2, and it is 1")]
    [InlineData("send: {method: PUT, body: '{\"b\":1}'}, expect: {json: {$.b: {equals: \"1\"}}}", "$.b: expected 1, and it is 1 of type number; write it without quotes")]
    [InlineData("send: {method: PUT, body: '{\"b\":1}'}, expect: {code: masked-value}", "expected the refusal masked-value, and the message passes")]
    [InlineData("send: {method: PUT, body: '{'}, expect: {json: {$.a: encrypted}}", "the message is refused: 400 malformed-body of rule 'in'")]
    [InlineData("send: {method: PUT, body: '{'}, expect: {status: 422}", "expected the refusal 422, and it is 400 malformed-body of rule 'in'")]
    [InlineData("send: {method: PUT, body: '{\"a\":\"x\"}'}, expect: {body: '{\"a\":\"x\"}'}", "  + {\"a\":\"{{token: x}}\"}")]
    [InlineData("receive: {status: 404, body: '{}'}, expect: {status: 200}", "expected status 200, and it is 404")]
    public async Task Test_ExampleThatDoesNotHold_FailsAndSaysWhy(string example, string line)
    {
        CommandRun run = await CommandRun.RunAsync(Rules + $"      - {{name: what is wrong, {example}}}\n", ["test", "FILE"]);
        Assert.Equal(1, run.Code);
        Assert.Equal("FAIL r.yaml:25 out: what is wrong", run.Lines[0]);
        Assert.Contains("     " + line, run.Lines);
        Assert.Equal("1 example: 0 passed, 1 failed", run.Lines[^2]);
    }

    [Fact]
    public async Task Test_ExampleOfARuleThatObserves_IsRunAsIfItWereApplied()
    {
        CommandRun run = await CommandRun.RunAsync("""
            app: shop
            rules:
              - id: draft
                mode: observe
                until: 2099-12-31
                match: {path: /x}
                request:
                  - {encrypt: {json: [$.a]}, role: card}
                examples:
                  - {send: {body: '{"a":1}'}, expect: {json: {$.a: encrypted}}}
            """, ["test", "FILE"]);
        Assert.True(run.Code == 0, run.Output);
    }

    [Fact]
    public async Task Test_FileWithAMistake_RunsNothing()
    {
        CommandRun run = await CommandRun.RunAsync("app: shop\n", ["test", "FILE"]);
        Assert.Equal((1, "", "r.yaml:1:1: 'rules' is missing; list the rules; a file without any says rules: [] [missing-key]\n"), (run.Code, run.Output, run.Error));
    }

    [Fact]
    public async Task Test_SampleRules_Pass()
    {
        string[] files = Directory.GetFiles(Repository.PathOf("samples"), "*.yaml", SearchOption.AllDirectories);
        CommandRun run = await CommandRun.RunAsync(["test", .. files]);
        Assert.True(run.Code == 0, run.Output + run.Error);
        Assert.All(files, file => Assert.Contains(file, run.Output, StringComparison.Ordinal));
    }
}
