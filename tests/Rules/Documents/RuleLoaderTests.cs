using CsCheck;

namespace E3.Relay.Rules.Tests.Documents;

public sealed class RuleLoaderTests
{
    [Fact]
    public void Load_TheWholeLanguageOfThisVersion_Loads()
    {
        RuleSet rules = RulesUnderTest.Load("""
            app: shop
            unmatched: pass
            rules:
              - id: card-in
                match:
                  hosts: [shop.example.com]
                  methods: [POST, put]
                  path: /checkout/**
                unmatched: pass
                otherTypes: pass
                incoming: verify
                names: exact
                request:
                  - encrypt:
                      json: [$.card.number, "$['card']['cvc']", "$..iban", "$.list[*]", "$.list[0,1].x"]
                      form: [card_number, "card[cvc]", note_*]
                    role: card
                    required: [$.card.number, card_number]
                    bind: ["path:2"]
                    encryptEmpty: false
                    incoming: refuse
                  - decrypt: {json: [$.old]}
                    role: card
                    strict: true
                    bind: ["json:$.order.id", "path:1"]
                response:
                  - mask: {json: [$.card.number], first: 2, last: 4, with: "*"}
                    role: card
                    onError: leave
                examples:
                  - send: {body: '{"card":{"number":"4242424242424242"}}', contentType: application/json, method: POST, path: /checkout/1}
                    expect: {json: {"$.card.number": encrypted}, status: 200}
            """);
        Assert.Equal((1, "shop"), (rules.Count, rules.App));
        Assert.Matches("^[0-9a-f]{64}$", rules.Digest);
    }

    [Fact]
    public void Load_JsonModel_Loads() => Assert.Equal(1, RulesUnderTest.Load("""
        {"app": "shop", "rules": [{"id": "a", "match": {"path": "/a"}, "request": [{"encrypt": {"json": ["$.a"]}, "role": "r"}]}]}
        """).Count);

    [Fact]
    public void Load_ManyMistakes_ReportsEachWithItsPlace()
    {
        RuleLoadResult result = RulesUnderTest.TryLoad("""
            app: Shop
            surprise: 1
            rules:
              - id: one
                id: again
                match: {path: checkout}
                request:
                  - encrypt: {json: ["$.a["]}
                    role: card
              - id: two
                match: {path: /two, methods: POST}
                request:
                  - encrypt: {accept: [a], json: ["$.a[?@.b"]}
                    role: [card]
                    required: [$.b]
              - id: two
                match: {path: /a/../b, hosts: ["https://x"]}
                response:
                  - decrypt: {json: [$.a]}
                    mask: {json: [$.b]}
                    role: card
                  - {hash: {json: [$.c]}}
                  - mask: {json: [$.d], last: many}
                    role: card
                    bind: ["claim:", "path:0", "json:$..x"]
              - match: {}
            """);
        Assert.Null(result.Rules);
        (int Line, RuleProblemCode Code, string? Rule)[] expected =
        [
            (1, RuleProblemCode.InvalidValue, null),
            (2, RuleProblemCode.UnknownKey, null),
            (5, RuleProblemCode.DuplicateKey, "one"),
            (6, RuleProblemCode.InvalidPathPattern, "one"),
            (8, RuleProblemCode.InvalidSelector, "one"),
            (11, RuleProblemCode.WrongType, "two"),
            (13, RuleProblemCode.NotSupported, "two"),
            (13, RuleProblemCode.InvalidSelector, "two"),
            (14, RuleProblemCode.WrongType, "two"),
            (15, RuleProblemCode.InvalidValue, "two"),
            (16, RuleProblemCode.DuplicateRuleId, "two"),
            (17, RuleProblemCode.InvalidPathPattern, "two"),
            (17, RuleProblemCode.InvalidValue, "two"),
            (19, RuleProblemCode.InvalidValue, "two"),
            (22, RuleProblemCode.MissingKey, "two"),
            (23, RuleProblemCode.WrongType, "two"),
            (25, RuleProblemCode.InvalidValue, "two"),
            (25, RuleProblemCode.InvalidValue, "two"),
            (25, RuleProblemCode.InvalidValue, "two"),
            (26, RuleProblemCode.MissingKey, null),
            (26, RuleProblemCode.MissingKey, null),
            (26, RuleProblemCode.MissingKey, null),
        ];
        Assert.Equal(expected, result.Problems.Select(problem => (problem.Line, problem.Code, problem.RuleId)));
        Assert.All(result.Problems, problem => Assert.StartsWith($"file1.yaml:{problem.Line}:{problem.Column}: ", problem.ToString(), StringComparison.Ordinal));
        Assert.Equal("file1.yaml:6:19: rule 'one': path pattern 'checkout' must begin with /", result.Problems[3].ToString());
    }

    [Theory]
    [InlineData("accept: [a]")]
    [InlineData("format: ev")]
    public void Load_SelectorKeyOfALaterVersion_IsRefusedByName(string key)
    {
        RuleProblem problem = Assert.Single(RulesUnderTest.TryLoad(RulesUnderTest.Encrypt($"json: [$.a], {key}")).Problems);
        Assert.Equal(RuleProblemCode.NotSupported, problem.Code);
        Assert.Contains($"'{key.Split(':')[0]}' is not supported by this version", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("format: ev")]
    [InlineData("accept: [e3, ev]")]
    public void Load_OperationKeyOfALaterVersion_IsRefused(string key)
    {
        RuleProblem problem = Assert.Single(RulesUnderTest.TryLoad(RulesUnderTest.Encrypt("json: [$.a]", key)).Problems);
        Assert.Equal(RuleProblemCode.NotSupported, problem.Code);
        Assert.Equal("under-test", problem.RuleId);
    }

    [Fact]
    public void Load_RuleKeyOfALaterVersion_IsRefused()
    {
        string file = RulesUnderTest.File("request: [{encrypt: {json: [$.a]}, role: r}]", more: "accept: x");
        Assert.Equal(RuleProblemCode.NotSupported, Assert.Single(RulesUnderTest.TryLoad(file).Problems).Code);
    }

    [Theory]
    [InlineData("strict: true", "is for decrypt and rewrap")]
    [InlineData("onError: leave", "is for decrypt, mask and rewrap in a response")]
    public void Load_SwitchThatMeansNothingForTheOperation_IsRefused(string key, string message) =>
        Assert.Contains(message, Assert.Single(RulesUnderTest.TryLoad(RulesUnderTest.Encrypt("json: [$.a]", key)).Problems).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("app: [", RuleProblemCode.MalformedYaml)]
    [InlineData("", RuleProblemCode.MissingKey)]
    [InlineData("# nothing", RuleProblemCode.MissingKey)]
    [InlineData("just text", RuleProblemCode.WrongType)]
    [InlineData("app: &a shop\nrules: []", RuleProblemCode.MalformedYaml)]
    [InlineData("app: *a\nrules: []", RuleProblemCode.MalformedYaml)]
    [InlineData("app: !!str shop\nrules: []", RuleProblemCode.MalformedYaml)]
    [InlineData("app: shop\nrules: []\n---\napp: other\nrules: []", RuleProblemCode.MalformedYaml)]
    [InlineData("app: shop\n? [a, b]\n: c\nrules: []", RuleProblemCode.MalformedYaml)]
    [InlineData("app: shop\nrules: [[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]", RuleProblemCode.LimitExceeded)]
    [InlineData("app: shop", RuleProblemCode.MissingKey)]
    [InlineData("app: shop\nrules:", RuleProblemCode.WrongType)]
    public void Load_FileThatIsNoRuleFile_SaysWhy(string text, RuleProblemCode code)
    {
        RuleLoadResult result = RulesUnderTest.TryLoad(text);
        Assert.Null(result.Rules);
        Assert.Contains(result.Problems, problem => problem.Code == code);
    }

    [Fact]
    public void Load_InvalidUtf8_IsRefused() =>
        Assert.Equal(RuleProblemCode.MalformedYaml, Assert.Single(RuleLoader.Load([new RuleSource("a", new byte[] { 0x61, 0xFF })]).Problems).Code);

    [Fact]
    public void Load_AnyText_NeverThrows() =>
        Gen.Char[" :-[]{}'\"#&*!|>\n\tabcdefghijklmnopqrstuvwxyz$.0123456789"].Array[0, 60].Sample(
            characters => Assert.True(RulesUnderTest.TryLoad("app: shop\nrules:\n  " + new string(characters)) is { } result && (result.Rules is null) == (result.Problems.Count > 0)),
            iter: 5000);

    [Fact]
    public void Load_FilesOfOneSet_ShareIdsAndApp()
    {
        const string First = "app: shop\nrules: [{id: a, match: {path: /a}, request: [{encrypt: {json: [$.a]}, role: r}]}]";
        const string Second = "app: other\nrules: [{id: a, match: {path: /b}, request: [{encrypt: {json: [$.a]}, role: r}]}]";
        IReadOnlyList<RuleProblem> problems = RulesUnderTest.TryLoad(First, Second).Problems;
        Assert.Equal([RuleProblemCode.DifferentApps, RuleProblemCode.DuplicateRuleId], problems.Select(problem => problem.Code));
        Assert.All(problems, problem => Assert.Equal("file2.yaml", problem.File));
    }

    [Fact]
    public void Digest_OtherContent_IsOther() =>
        Assert.NotEqual(RulesUnderTest.Load("app: shop\nrules: []").Digest, RulesUnderTest.Load("app: shop\nrules: [] ").Digest);

    [Fact]
    public void Load_NoSources_IsTheEmptySet() => Assert.Same(RuleSet.Empty, RuleLoader.Load([]).Rules);

    [Fact]
    public void Load_VeryManyMistakes_ReportsSomeAndSaysHowManyMore()
    {
        string keys = string.Join(", ", Enumerable.Range(0, 1000).Select(i => $"k{i}: 1"));
        RuleLoadResult result = RulesUnderTest.TryLoad(RulesUnderTest.Encrypt("json: [$.a]") + $"\n  - {{id: other, match: {{path: /}}, request: [{{redact: {{json: [$.b]}}}}], {keys}}}");
        Assert.Equal(101, result.Problems.Count);
        Assert.Equal((RuleProblemCode.LimitExceeded, "900 more mistakes in this file are left out; mend these first"), (result.Problems[^1].Code, result.Problems[^1].Message));
    }

    [Fact]
    public void Load_VeryManyWarnings_ReportsSomeAndSaysHowManyMore()
    {
        RuleLoadResult result = RulesUnderTest.TryLoad(RulesUnderTest.Encrypt($"json: [{string.Join(", ", Enumerable.Repeat("$.a", 151))}]"));
        Assert.NotNull(result.Rules);
        Assert.Equal(101, result.Warnings.Count);
        Assert.Equal((RuleProblemCode.WarningsIncomplete, "50 more warnings of this file are left out"), (result.Warnings[^1].Code, result.Warnings[^1].Message));
    }

    [Fact]
    public void Load_FileOverTheLimit_IsRefused()
    {
        const string Rules = "app: shop\nrules: []\n";
        Assert.Empty(RulesUnderTest.TryLoad(Rules + new string('#', RuleSource.BytesMax - Rules.Length)).Problems);
        Assert.Equal(RuleProblemCode.LimitExceeded, Assert.Single(RulesUnderTest.TryLoad(Rules + new string('#', RuleSource.BytesMax - Rules.Length + 1)).Problems).Code);
    }
}
