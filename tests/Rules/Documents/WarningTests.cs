namespace E3.Relay.Rules.Tests.Documents;

public sealed class WarningTests
{
    private const string CardIn = """
        app: shop
        rules:
          - id: card-in
            match: {path: /orders/*, methods: [POST]}
            request:
              - encrypt: {json: [$.card.number], form: ["card[number]"]}
                role: card
        """;

    [Theory]
    [InlineData("$.card.number")]
    [InlineData("$..number")]
    [InlineData("$.CARD.Number")]
    [InlineData("$.card")]
    public void Load_DecryptWithoutBindOfWhatCallersMayWrite_Warns(string selector)
    {
        RuleProblem warning = Assert.Single(Warnings(CardIn, Out($"json: ['{selector}']")));
        Assert.Equal((RuleProblemCode.DecryptWithoutBind, RuleProblemSeverity.Warning, "file2.yaml", 7, "card-out"),
            (warning.Code, warning.Severity, warning.File, warning.Line, warning.RuleId));
        Assert.Equal("decrypt-without-bind", warning.Name);
        Assert.StartsWith("file2.yaml:7:9: warning: rule 'card-out': opens without 'bind' what rule 'card-in' (line 6) lets callers write", warning.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("json: [$.card.name]", "")]
    [InlineData("json: [$.card.number]", ", hosts: [elsewhere.example.com]", ", hosts: [shop.example.com]")]
    [InlineData("form: [number]", "")]
    public void Load_DecryptOfWhatNoRuleLetsCallersWrite_IsNoWarning(string selectors, string match, string inMatch = "") =>
        Assert.Empty(Warnings(CardIn.Replace("/orders/*", "/orders/*" + inMatch, StringComparison.Ordinal), Out(selectors, match)));

    [Theory]
    [InlineData("role: other")]
    [InlineData("role: card, bind: ['path:2']", "role: card\n        bind: ['path:2']")]
    public void Load_DecryptOfAnotherRoleOrBoundLikeTheEncryption_IsNoWarning(string rest, string inRole = "role: card") =>
        Assert.Empty(Warnings(CardIn.Replace("role: card", inRole, StringComparison.Ordinal), Out("json: [$.card.number]", "", rest)));

    [Theory]
    [InlineData("role: card, bind: ['path:2']", "role: card")]
    [InlineData("role: card", "role: card\n        bind: ['path:2']")]
    [InlineData("role: card, bind: ['path:2']", "role: card\n        bind: ['path:1', 'path:2']")]
    public void Load_DecryptThatBindsOtherThanTheEncryption_Warns(string rest, string inRole) =>
        Assert.Equal(RuleProblemCode.BindMismatch, Assert.Single(Warnings(CardIn.Replace("role: card", inRole, StringComparison.Ordinal), Out("json: [$.card.number]", "", rest))).Code);

    [Theory]
    [InlineData("json: ['$..number']", true)]
    [InlineData("json: ['$.cards.*']", true)]
    [InlineData("form: ['card_*']", true)]
    [InlineData("text: ['card: (?<value>\\S+)']", true)]
    [InlineData("json: ['$.cards[*].number']", false)]
    [InlineData("form: [card]", false)]
    public void Load_DecryptOfWhateverStandsThere_WarnsWithoutBind(string selectors, bool warns)
    {
        Assert.Equal(warns ? [RuleProblemCode.WideDecryptWithoutBind] : [], Warnings(Out(selectors)).Select(warning => warning.Code));
        Assert.Empty(Warnings(Out(selectors, "", "role: card, bind: ['path:2']")));
    }

    [Theory]
    [InlineData("json: [$.a]", "['path:1']", true)]
    [InlineData("tokens: true", "['path:1']", true)]
    [InlineData("json: [$.a]", "['path:1', 'path:2']", false)]
    [InlineData("json: [$.a]", "['path:1', 'claim:sub']", false)]
    [InlineData("json: [$.a]", "['json:$.id']", false)]
    public void Load_BindOfWhatIsAlwaysTheSame_Warns(string selectors, string bind, bool warns) => Assert.Equal(
        warns ? [RuleProblemCode.ConstantBind] : [], Warnings(Out(selectors, "", $"role: card, bind: {bind}")).Select(warning => warning.Code));

    [Theory]
    [InlineData("json: [$.n, $.id]", "json:$.id", "", true)]
    [InlineData("json: [$.n]", "json:$.id", ", {hash: {json: ['$..ID']}, role: other}", true)]
    [InlineData("json: [$.n]", "json:$.o.id", ", {redact: {json: [$.o]}}", true)]
    [InlineData("xml: [/a/n]", "xml:/a/id", ", {redact: {xml: ['/a/@id']}}", true)]
    [InlineData("json: [$.n]", "json:$.id", ", {redact: {json: [$.o.id], form: [id]}}", false)]
    public void Load_BoundValueThatARequestOperationChanges_Warns(string selectors, string bind, string more, bool warns)
    {
        string file = $"app: shop\nrules: [{{id: a, match: {{path: /**}}, request: [{{encrypt: {{{selectors}}}, role: card, bind: ['{bind}']}}{more}]}}]";
        Assert.Equal(warns ? [RuleProblemCode.BoundValueChanged] : [], Warnings(file).Select(warning => warning.Code));
    }

    [Theory]
    [InlineData("//n[1]", "", true)]
    [InlineData("//n[1]", ", names: exact", false)]
    [InlineData("//n", "", false)]
    public void Load_ExpressionThatComparesNamesExactly_Warns(string selector, string more, bool warns)
    {
        string file = $"app: shop\nrules: [{{id: a, match: {{path: /**}}, request: [{{redact: {{xml: ['{selector}']}}}}]{more}}}]";
        Assert.Equal(warns ? [RuleProblemCode.ExactExpression] : [], Warnings(file).Select(warning => warning.Code));
    }

    [Theory]
    [InlineData("/checkout", "", "'/checkout.json'")]
    [InlineData("/checkout/", "", "'/checkout.json'")]
    [InlineData("/a/*/pay", "", "'/a/*/pay.json'")]
    [InlineData("/checkout/**", ", hosts: [a.example.com]", "every Host but a.example.com")]
    public void Load_UnmatchedPassBesideASpellingOfAPath_Warns(string path, string match, string named)
    {
        RuleProblem warning = Assert.Single(Warnings(Unmatched(path, match)));
        Assert.Equal((RuleProblemCode.UnmatchedNeighbour, 5), (warning.Code, warning.Line));
        Assert.Contains(named, warning.Message, StringComparison.Ordinal);
        Assert.Empty(Warnings(Unmatched(path, match).Replace("unmatched: pass", "unmatched: refuse", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("/checkout/**")]
    [InlineData("/**")]
    [InlineData("/checkout/*")]
    [InlineData("/checkout.php")]
    public void Load_UnmatchedPassWithoutANeighbour_IsNoWarning(string path) => Assert.Empty(Warnings(Unmatched(path, "")));

    [Fact]
    public void Load_UnmatchedPassWithARuleForTheNeighbour_IsNoWarning() =>
        Assert.Empty(Warnings(Unmatched("/checkout", ""), Unmatched("/*", "").Replace("id: a", "id: b", StringComparison.Ordinal)));

    [Theory]
    [InlineData("first: 4, last: 4", false)]
    [InlineData("first: 6, last: 4", true)]
    [InlineData("last: 9", true)]
    public void Load_MaskThatKeepsMuch_Warns(string kept, bool warns) =>
        Assert.Equal(warns ? [RuleProblemCode.WideMask] : [], Warnings(RulesUnderTest.File($$"""
            response:
              - mask: {json: [$.a], {{kept}}}
                role: card
            """)).Select(warning => warning.Code));

    [Fact]
    public void Load_SameOperationTwiceForTheSameRequests_Warns()
    {
        IReadOnlyList<RuleProblem> warnings = Warnings(CardIn, CardIn.Replace("id: card-in", "id: again", StringComparison.Ordinal));
        Assert.Equal([RuleProblemCode.RepeatedOperation, RuleProblemCode.RepeatedOperation], warnings.Select(warning => warning.Code));
        Assert.Contains("JSONPath '$.card.number' stands already in rule 'card-in' (line 6)", warnings[0].Message, StringComparison.Ordinal);
        Assert.Contains("stands already in this operation", Assert.Single(Warnings(RulesUnderTest.Encrypt("json: [$.a, $.b, $.a]"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_SameOperationForOtherRequests_IsNoWarning()
    {
        string again = CardIn.Replace("id: card-in", "id: again", StringComparison.Ordinal);
        Assert.Empty(Warnings(CardIn, again.Replace("POST", "PUT", StringComparison.Ordinal)));
        Assert.Empty(Warnings(CardIn, again.Replace("/orders/*", "/orders/**", StringComparison.Ordinal)));
    }

    [Fact]
    public void Load_MistakesBesideWarnings_GivesBoth()
    {
        RuleLoadResult result = RulesUnderTest.TryLoad(RulesUnderTest.Encrypt("json: [$.a, $.a]", "strict: true"));
        Assert.Null(result.Rules);
        Assert.Equal(RuleProblemSeverity.Error, Assert.Single(result.Problems).Severity);
        Assert.Equal(RuleProblemSeverity.Warning, Assert.Single(result.Warnings).Severity);
    }

    private static string Out(string selectors, string match = "", string rest = "role: card") => $$"""
        app: shop
        rules:
          - id: card-out
            match: {path: /orders/**, methods: [GET]{{match}}}

            response:
              - {decrypt: {{{selectors}}}, {{rest}}}
        """;

    private static string Unmatched(string path, string match) => $$"""
        app: shop
        unmatched: pass
        rules:
          - id: a
            match: {path: {{path}}{{match}}}
            request:
              - encrypt: {json: [$.a]}
                role: card
        """;

    private static IReadOnlyList<RuleProblem> Warnings(params string[] files)
    {
        RuleLoadResult result = RulesUnderTest.TryLoad(files);
        Assert.Empty(result.Problems);
        Assert.NotNull(result.Rules);
        return result.Warnings;
    }
}
