using E3.Relay.Rules.Names;

namespace E3.Relay.Rules.Tests.Matching;

public sealed class RuleMatchTests
{
    [Theory]
    [InlineData("/checkout", "/checkout", true)]
    [InlineData("/checkout", "/checkout/", true)]
    [InlineData("/checkout/", "/checkout", true)]
    [InlineData("/checkout", "/%63heckout", true)]
    [InlineData("/checkout", "/CHECKOUT", true)]
    [InlineData("/Checkout", "/cHECKOUT", true)]
    [InlineData("/café", "/CAF%C3%89", true)]
    [InlineData("/café", "/cafe%CC%81", true)]
    [InlineData("/checkout", "/chec%E2%84%AAout", true)]
    [InlineData("/checkout", "/checkouts", false)]
    [InlineData("/checkout", "/checkout/a", false)]
    [InlineData("/checkout", "/", false)]
    [InlineData("/", "/", true)]
    [InlineData("/", "/a", false)]
    [InlineData("/*", "/a", true)]
    [InlineData("/*", "/", false)]
    [InlineData("/*", "/a/b", false)]
    [InlineData("/**", "/", true)]
    [InlineData("/**", "/a/b/c", true)]
    [InlineData("/a/**", "/a", true)]
    [InlineData("/a/**", "/a/", true)]
    [InlineData("/a/**", "/ab", false)]
    [InlineData("/a/**/z", "/a/z", true)]
    [InlineData("/a/**/z", "/a/b/z/c/z", true)]
    [InlineData("/a/**/z", "/a/b/c", false)]
    [InlineData("/**/x/*", "/x/x/x", true)]
    [InlineData("/**/**", "/", true)]
    [InlineData("/a/*/c", "/a/b/c", true)]
    [InlineData("/a/*/c", "/a/c", false)]
    [InlineData("/a b", "/a%20b", true)]
    [InlineData("/a.b", "/a_b", false)]
    public void Plan_Path_MatchesWholeSegments(string pattern, string raw, bool matches)
    {
        RuleSet rules = RulesUnderTest.Load(RulesUnderTest.File("request: [{encrypt: {json: [$.a]}, role: r}]", $"path: '{pattern}'"));
        Assert.Equal(matches, rules.Plan("POST", "shop.example.com", RulesUnderTest.Target(raw)).MatchedAnyRule);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("/a//b")]
    [InlineData("/a/../b")]
    [InlineData("/a/./b")]
    [InlineData("/a%20")]
    [InlineData("/a*")]
    [InlineData("/a/***")]
    [InlineData("/a?b")]
    [InlineData("/a#b")]
    [InlineData("/a;b")]
    [InlineData("/a//")]
    public void Load_PatternThatNoRequestMatches_IsRefused(string pattern)
    {
        string file = RulesUnderTest.File("request: [{encrypt: {json: [$.a]}, role: r}]", $"path: '{pattern}'");
        Assert.Equal(RuleProblemCode.InvalidPathPattern, Assert.Single(RulesUnderTest.TryLoad(file).Problems).Code);
    }

    [Theory]
    [InlineData("POST", true)]
    [InlineData("post", true)]
    [InlineData("PUT", false)]
    [InlineData("GET", false)]
    public void Plan_Methods_AreThoseNamed(string method, bool matches) =>
        Assert.Equal(matches, RulesUnderTest.PlanFor(RulesUnderTest.File("request: [{encrypt: {json: [$.a]}, role: r}]", "path: /**, methods: [POST]"), "/a", method).MatchedAnyRule);

    [Fact]
    public void Plan_Get_IsHeadToo() =>
        Assert.True(RulesUnderTest.PlanFor(RulesUnderTest.File("response: [{mask: {json: [$.a]}, role: r}]", "path: /**, methods: [GET]"), "/a", "HEAD").HasResponseRules);

    [Theory]
    [InlineData("shop.example.com", true)]
    [InlineData("SHOP.EXAMPLE.COM", true)]
    [InlineData("shop.example.com:8080", true)]
    [InlineData("shop.example.com.", true)]
    [InlineData("other.example.com", false)]
    [InlineData("shop.example.com.evil", false)]
    [InlineData("", true)]
    [InlineData("a b", true)]
    [InlineData("shop.example.com:x", true)]
    public void Plan_Hosts_AreThoseNamedAndAnyThatIsNoHost(string host, bool matches)
    {
        RuleSet rules = RulesUnderTest.Load(RulesUnderTest.File("request: [{encrypt: {json: [$.a]}, role: r}]", "path: /**, hosts: [Shop.example.com]"));
        Assert.Equal(matches, rules.Plan("POST", host, RulesUnderTest.Target("/")).MatchedAnyRule);
    }

    [Fact]
    public void Plan_SeveralRules_AllApplyInOrder()
    {
        RuleSet rules = RulesUnderTest.Load(
            "app: shop\nrules: [{id: b, match: {path: /a/**}, request: [{encrypt: {json: [$.b]}, role: r}]}, {id: a, match: {path: /**}, request: [{encrypt: {json: [$.a]}, role: r}]}]",
            "app: shop\nrules: [{id: c, match: {path: /a/*}, request: [{encrypt: {json: [$.c]}, role: r}]}]");
        BodyPlan plan = RulesUnderTest.Planned(rules.Plan("POST", "", RulesUnderTest.Target("/a/1")).ForRequest("application/json", true));
        Assert.Equal(["b", "a", "c"], plan.Operations.Select(operation => operation.RuleId));
        Assert.Equal(["1", "2", "3"], plan.Values("""{"a":"1","b":"2","c":"3"}"""));
    }

    [Fact]
    public void Plan_ResponseRuleAlone_LeavesTheRequestAlone()
    {
        RequestPlan plan = RulesUnderTest.PlanFor(RulesUnderTest.File("response: [{decrypt: {json: [$.a]}, role: r}]"), "/a", "GET");
        Assert.True(plan is { MatchedAnyRule: true, HasRequestRules: false, HasResponseRules: true, IsEmpty: false });
        Assert.Equal(default, plan.ForRequest("text/plain", true));
        Assert.NotNull(plan.ForResponse("application/json", true).Plan);
    }

    [Fact]
    public void ForRequest_BodyThatNoRuleMatches_IsRefusedUnlessItPasses()
    {
        const string Rule = "rules: [{id: a, match: {path: /a, methods: [POST]}, request: [{encrypt: {json: [$.a]}, role: r}]}]";
        RequestPlan refusing = RulesUnderTest.PlanFor($"app: shop\n{Rule}", "/b");
        Assert.Equal(new Refusal(403, RefusalCode.UnmatchedBody, null), refusing.ForRequest("application/json", true).Refusal);
        Assert.Equal(default, refusing.ForRequest(null, false));
        Assert.Equal(default, RulesUnderTest.PlanFor($"app: shop\nunmatched: pass\n{Rule}", "/b").ForRequest("application/json", true));
        Assert.Equal(403, RulesUnderTest.PlanFor($"app: shop\nunmatched: pass\n{Rule}", "/a", "PUT").ForRequest("application/json", true).Refusal?.Status);
        Assert.Equal(default, RuleSet.Empty.Plan("POST", "", RulesUnderTest.Target("/")).ForRequest(null, true));
    }

    [Theory]
    [InlineData("", "", "/a", false)]
    [InlineData("", "unmatched: pass, ", "/a", true)]
    [InlineData("", "unmatched: pass, ", "/b", false)]
    [InlineData("unmatched: pass", "", "/a", false)]
    [InlineData("unmatched: pass", "", "/b", true)]
    public void ForRequest_MethodThatNoRuleOfThePathNames_PassesOnlyWhereTheRuleSaysSo(string file, string rule, string path, bool passes)
    {
        string text = $$$"""
            app: shop
            {{{file}}}
            rules: [{id: a, {{{rule}}}match: {path: /a, methods: [POST]}, request: [{encrypt: {json: [$.a]}, role: r}]}]
            """;
        RequestPlan plan = RulesUnderTest.PlanFor(text, path, "PATCH");
        Assert.Equal((passes, passes), (plan.AllowsUnmatchedBody, plan.ForRequest("application/json", true).Refusal is null));
        Assert.False(plan.MatchedAnyRule);
    }

    [Theory]
    [InlineData("GET", "", false)]
    [InlineData("HEAD", "", false)]
    [InlineData("get", "", false)]
    [InlineData("GET", "unmatched: pass, ", true)]
    public void ForRequest_MethodThatOnlyAResponseRuleNames_DoesNotCarryABodyPastTheRequestRule(string method, string rule, bool passes)
    {
        string text = $$$"""
            app: shop
            unmatched: pass
            rules:
              - {id: in, {{{rule}}}match: {path: /a/**, methods: [POST]}, request: [{encrypt: {json: [$.a]}, role: r}]}
              - {id: out, match: {path: /a/**, methods: [GET]}, response: [{mask: {json: [$.a]}, role: r}]}
            """;
        RequestPlan plan = RulesUnderTest.PlanFor(text, "/a/1", method);
        Assert.Equal(passes, plan.ForRequest("application/json", true).Refusal is null);
        Assert.Equal(default, plan.ForRequest("application/json", false));
        Assert.NotNull(plan.ForResponse("application/json", true).Plan);
    }

    [Fact]
    public void ForRequest_OneOfTwoFilesPassesUnmatched_IsRefused() =>
        Assert.False(RulesUnderTest.Load("app: shop\nunmatched: pass\nrules: []", "app: shop\nrules: []").Plan("POST", "", RulesUnderTest.Target("/")).AllowsUnmatchedBody);

    [Theory]
    [InlineData("Straße", "STRASSE", false)]
    [InlineData("a.b", "A.B", true)]
    [InlineData("a.b", "a_b", false)]
    public void FoldSegment_Names_AreComparedWithoutCase(string a, string b, bool equal) =>
        Assert.Equal(equal, NameFold.FoldSegment(a) == NameFold.FoldSegment(b));

    /// <summary>Rails, Laravel, Symfony, Spring and Express take the method from a field of this name.</summary>
    [Theory]
    [InlineData("/x?_method=PUT", "a=1", true)]
    [InlineData("/x?a=1&_METHOD=put", "a=1", true)]
    [InlineData("/x", "a=1&_method=PUT", true)]
    [InlineData("/x", "_m%65thod=PUT", true)]
    [InlineData("/x?a_method=PUT", "a=1&method=PUT", false)]
    public void Select_MethodInAField_IsRefusedWhereMethodsHaveTheirOwnRules(string target, string body, bool refused)
    {
        const string Both = """
            app: shop
            rules:
              - {id: post, match: {path: /x, methods: [POST]}, otherTypes: pass, request: [{encrypt: {json: [$.a]}, role: r}]}
              - {id: put, match: {path: /x, methods: [PUT]}, request: [{encrypt: {form: [iban]}, role: r}]}
            """;
        string alone = Both[..Both.IndexOf("  - {id: put", StringComparison.Ordinal)];
        Assert.Equal(refused ? new Refusal(400, RefusalCode.AmbiguousForm, "post") : null, Judge(Both));
        Assert.Null(Judge(alone));

        Refusal? Judge(string file)
        {
            BodyPlanResult result = RulesUnderTest.PlanFor(file, target).ForRequest("application/x-www-form-urlencoded", true);
            if (result.Refusal is not null || result.Plan is null)
                return result.Refusal;
            bool selected = result.Plan.TrySelect(System.Text.Encoding.UTF8.GetBytes(body), RuleLimits.Default, FakeTokens.Grammar, out BodySelection selection, out Refusal? refusal);
            selection.Dispose();
            return selected ? null : refusal;
        }
    }
}
