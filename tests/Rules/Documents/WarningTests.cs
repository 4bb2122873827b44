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

    /// <summary>Who may put a copied token into the field reads what the mask keeps.</summary>
    [Theory]
    [InlineData("json: [$.card.number], last: 4", RuleProblemCode.DecryptWithoutBind)]
    [InlineData("json: [$.card.number], first: 1", RuleProblemCode.DecryptWithoutBind)]
    [InlineData("json: ['$..pan'], last: 4", RuleProblemCode.WideDecryptWithoutBind)]
    [InlineData("json: [$.card.number]", null)]
    [InlineData("json: [$.card.name], last: 4", null)]
    public void Load_MaskWithoutBindOfWhatCallersMayWrite_Warns(string mask, RuleProblemCode? code)
    {
        string rules = Out("json: [$.a]").Replace("decrypt: {json: [$.a]}", $"mask: {{{mask}}}", StringComparison.Ordinal);
        Assert.Contains("mask: {", rules, StringComparison.Ordinal);
        string verifying = CardIn.Replace("role: card", "role: card\n        incoming: verify", StringComparison.Ordinal);
        Assert.Equal(code is null ? [] : [code.Value], Warnings(verifying, rules).Select(warning => warning.Code));
        Assert.Equal(code is RuleProblemCode.WideDecryptWithoutBind ? [code.Value] : [], Warnings(CardIn, rules).Select(warning => warning.Code));
        Assert.Empty(Warnings(verifying.Replace("role: card", "role: card\n        bind: ['path:2']", StringComparison.Ordinal), rules.Replace("role: card", "role: card, bind: ['path:2']", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("header: [X-Card]", "header: [x_card]", RuleProblemCode.DecryptWithoutBind)]
    [InlineData("header: [X-Card]", "header: [X-Other]", null)]
    [InlineData("cookie: [sid]", "cookie: [SID]", RuleProblemCode.DecryptWithoutBind)]
    [InlineData("cookie: [sid]", "header: [sid]", null)]
    [InlineData("json: [$.a]", "header: ['X-C*']", RuleProblemCode.WideDecryptWithoutBind)]
    [InlineData("json: [$.a]", "cookie: ['s*']", RuleProblemCode.WideDecryptWithoutBind)]
    public void Load_DecryptOfAHead_IsJudgedLikeThatOfABody(string encrypted, string decrypted, RuleProblemCode? code)
    {
        string request = $"app: shop\nrules: [{{id: card-in, otherTypes: pass, match: {{path: /orders/*}}, request: [{{encrypt: {{{encrypted}}}, role: card}}]}}]";
        Assert.Equal(code is null ? [] : [code.Value], Warnings(request, Out(decrypted)).Select(warning => warning.Code));
    }

    [Theory]
    [InlineData("json", "$.a[1:1]", true)]
    [InlineData("json", "$.a[:0].b", true)]
    [InlineData("json", "$.a[::0]", true)]
    [InlineData("json", "$.a[-1:-3]", true)]
    [InlineData("json", "$.a[1:3:-1]", true)]
    [InlineData("json", "$..a[2:1,1:0]", true)]
    [InlineData("json", "$.a[?1==2]", true)]
    [InlineData("json", "$.a[?1.0!=1]", true)]
    [InlineData("json", "$.a[?'a'>'b' || 'x'==1]", true)]
    [InlineData("json", "$.a[?@.x && true==false]", true)]
    [InlineData("json", "$.a[?!(null==null)]", true)]
    [InlineData("json", "$.a[?true<false]", true)]
    [InlineData("json", "$.a[1:1,2]", false)]
    [InlineData("json", "$.a[-1:]", false)]
    [InlineData("json", "$.a[3:1:-1]", false)]
    [InlineData("json", "$.a[-3:2]", false)]
    [InlineData("json", "$.a[?1==1]", false)]
    [InlineData("json", "$.a[?1==1.0e0]", false)]
    [InlineData("json", "$.a[?@.x==1 || 1==2]", false)]
    [InlineData("json", "$.a[?!(1==2)]", false)]
    [InlineData("json", "$.a[?'a'<='a']", false)]
    [InlineData("xml", "/order[0]/card", true)]
    [InlineData("xml", "/order[ -1 ]/card", true)]
    [InlineData("xml", "/order[1.5]", true)]
    [InlineData("xml", "/order[position()=0]", true)]
    [InlineData("xml", "/order[false()]/card", true)]
    [InlineData("xml", "//@xmlns", true)]
    [InlineData("xml", "/order/card[1]/@xmlns", true)]
    [InlineData("xml", "/order[1]/card", false)]
    [InlineData("xml", "/order[position()=1.0]/card", false)]
    [InlineData("xml", "/order[@id='[0]']/card", false)]
    [InlineData("xml", "/order[count(line)=0]", false)]
    [InlineData("xml", "//@xmlnsx", false)]
    [InlineData("xml", "//xmlns", false)]
    public void Load_SelectorThatSelectsNothing_Warns(string kind, string selector, bool warns)
    {
        string file = $"app: shop\nrules: [{{id: a, names: exact, match: {{path: /**}}, request: [{{redact: {{{kind}: [\"{selector}\"]}}}}]}}]";
        Assert.Equal(warns ? [RuleProblemCode.SelectsNothing] : [], Warnings(file).Select(warning => warning.Code));
    }

    [Theory]
    [InlineData("form: [a]", "otherTypes: pass, ", true)]
    [InlineData("multipart: [a]", "otherTypes: pass, ", true)]
    [InlineData("form: [a], multipart: [a]", "otherTypes: pass, ", false)]
    [InlineData("form: [a]", "", false)]
    [InlineData("json: [$.a]", "otherTypes: pass, ", false)]
    public void Load_OtherTypesPassBesideOneKindOfForm_Warns(string selectors, string more, bool warns)
    {
        string file = $"app: shop\nrules: [{{id: a, {more}match: {{path: /**}}, request: [{{redact: {{{selectors}}}}}]}}]";
        Assert.Equal(warns ? [RuleProblemCode.FormWithoutMultipart] : [], Warnings(file).Select(warning => warning.Code));
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
