using System.Text;

namespace E3.Relay.Rules.Tests.Matching;

/// <summary>What a plan is for one caller: <c>for</c>, <c>else</c>, bound claims.</summary>
public sealed class CallerPlanTests
{
    private static readonly FakeCaller Reader = new(("scope", "openid cards.read"), ("sub", "ada"));

    private static BodyPlan ResponsePlan(RuleSet rules, ICaller? caller) =>
        RulesUnderTest.Planned(rules.Plan("GET", "shop.example.com", RulesUnderTest.Target("/x"), caller).ForResponse("application/json", true));

    private static FieldOperation Decided(string operation, ICaller? caller) =>
        Assert.Single(ResponsePlan(RulesUnderTest.Load(RulesUnderTest.File($"response: [{{{operation}}}]")), caller).Operations);

    [Theory]
    [InlineData("leave", FieldAction.Leave)]
    [InlineData("refuse", FieldAction.Refuse)]
    [InlineData("{mask: {first: 1, last: 2, with: '#'}}", FieldAction.Mask)]
    [InlineData("{redact: {with: gone}}", FieldAction.Redact)]
    public void Plan_CallerWhomTheOperationIsNotFor_GetsTheElse(string otherwise, FieldAction action)
    {
        string operation = $"decrypt: {{json: [$.a]}}, role: card, strict: true, for: {{scope: cards.read}}, else: {otherwise}";
        Assert.Equal(FieldAction.Decrypt, Decided(operation, Reader).Action);
        FieldOperation other = Decided(operation, new FakeCaller(("scope", "other")));
        Assert.Equal(action, other.Action);
        if (action == FieldAction.Mask)
            Assert.Equal((1, 2, new Rune('#')), (other.MaskFirst, other.MaskLast, other.MaskWith));
        if (action == FieldAction.Redact)
            Assert.Equal("gone", other.RedactWith);
        Assert.Equal(action, Decided(operation, null).Action);
    }

    [Fact]
    public void Plan_NoElse_LeavesInAResponseAndRefusesInARequest()
    {
        const string Operation = "decrypt: {json: [$.a]}, role: card, for: {scope: cards.read}";
        Assert.Equal(FieldAction.Leave, Decided(Operation, null).Action);
        BodyPlan request = RulesUnderTest.JsonPlan(RulesUnderTest.File($"request: [{{{Operation}}}]"));
        Assert.Equal(new Refusal(403, RefusalCode.CallerNotAllowed, "under-test"), request.Refused("""{"a":"e3.token"}"""));
        request.Select("""{"a":null,"b":1}""").Dispose();
    }

    [Fact]
    public void TrySelect_ResponseThatIsRefusedForTheCaller_IsA403() => Assert.Equal(
        new Refusal(403, RefusalCode.CallerNotAllowed, "under-test"),
        ResponsePlan(RulesUnderTest.Load(RulesUnderTest.File("response: [{decrypt: {json: [$.a]}, role: r, for: {a: b}, else: refuse}]")), null).Refused("""{"a":1}"""));

    [Theory]
    [InlineData("{scope: [x, cards.read]}", true)]
    [InlineData("{scope: cards.read, sub: [bob, ada]}", true)]
    [InlineData("{scope: cards.read, sub: bob}", false)]
    [InlineData("{scope: cards.read, missing: x}", false)]
    [InlineData("{scope: cards}", false)]
    [InlineData("{scope: CARDS.READ}", false)]
    [InlineData("{Scope: cards.read}", false)]
    [InlineData("{sub: ada}", true)]
    public void Plan_Conditions_WantAllClaimsAndOneValueOfEach(string condition, bool holds) =>
        Assert.Equal(holds, Decided($"decrypt: {{json: [$.a]}}, role: r, for: {condition}", Reader).Action == FieldAction.Decrypt);

    [Fact]
    public void Plan_OtherClaims_NeverChangeWhatIsSelected()
    {
        RuleSet rules = RulesUnderTest.Load(RulesUnderTest.File("response: [{decrypt: {json: ['$..a', $.b]}, role: r, for: {scope: x}, else: {redact: {}}}, {mask: {json: [$.c]}, role: r}]"));
        const string Body = """{"a":"1","b":{"x":"2"},"c":"3","d":"4"}""";
        Assert.Equal(["1", "2", "3"], ResponsePlan(rules, null).Values(Body));
        Assert.Equal(["1", "2", "3"], ResponsePlan(rules, new FakeCaller(("scope", "x"))).Values(Body));
    }

    [Fact]
    public void Plan_CompiledForOneOutcome_IsNotThatOfAnother()
    {
        RuleSet rules = RulesUnderTest.Load(RulesUnderTest.File("response: [{decrypt: {json: [$.a]}, role: r, for: {a: x}}, {decrypt: {json: [$.b]}, role: r, for: {b: x}}]"));
        for (int i = 0; i < 8; i++)
        {
            FakeCaller caller = new([.. new[] { ("a", "x"), ("b", "x") }.Where((_, bit) => (i >> bit & 1) == 1)]);
            Assert.Equal([(i & 1) == 1, (i & 2) == 2], ResponsePlan(rules, caller).Operations.Select(operation => operation.Action == FieldAction.Decrypt));
        }
    }

    [Fact]
    public void Context_Claim_IsTheCallersOfThatRequest()
    {
        RuleSet rules = RulesUnderTest.Load(RulesUnderTest.Encrypt("json: [$.a]", "bind: ['claim:sub', 'path:1']"));
        foreach (string sub in new[] { "ada", "bob" })
        {
            BodyPlan plan = RulesUnderTest.Planned(rules.Plan("POST", "h", RulesUnderTest.Target("/x"), new FakeCaller(("sub", sub))).ForRequest("application/json", true));
            using BodySelection selection = plan.Select("""{"a":1}""");
            Assert.Equal($"\0\0\0\u0003{sub}\0\0\0\u0001x", Encoding.UTF8.GetString(selection.Context(0).Span));
        }
    }

    [Fact]
    public void TrySelect_BoundClaimThatIsMissing_IsRefusedWhereItIsNeeded()
    {
        const string Bound = "decrypt: {json: [$.a]}, role: r, bind: ['claim:sub'], for: {scope: cards.read}, else: ";
        RuleSet masked = RulesUnderTest.Load(RulesUnderTest.File($"response: [{{{Bound}{{mask: {{}}}}}}]")), left = RulesUnderTest.Load(RulesUnderTest.File($"response: [{{{Bound}leave}}]"));
        Assert.Equal(new Refusal(502, RefusalCode.BindMissing, "under-test"), ResponsePlan(masked, null).Refused("""{"a":"e3.token"}"""));
        ResponsePlan(left, null).Select("""{"a":"e3.token"}""").Dispose();
        ResponsePlan(masked, new FakeCaller(("sub", "ada"))).Select("""{"a":"e3.token"}""").Dispose();
    }

    [Fact]
    public void Plan_ObservingRules_ArePlansOfTheirOwn()
    {
        RuleSet rules = RulesUnderTest.Load("""
            app: shop
            rules:
              - {id: applied, match: {path: /x}, request: [{encrypt: {json: [$.a]}, role: r}]}
              - {id: draft, mode: observe, until: 2030-01-01, match: {path: /x}, request: [{hash: {json: [$.a]}, role: r}]}
              - {id: elsewhere, mode: observe, until: 2030-01-02, match: {path: /x, methods: [PUT], hosts: [a.example]}, request: [{redact: {json: [$.a]}}]}
            """);
        Assert.Equal(1, rules.Count);
        Assert.Equal(["draft", "elsewhere"], rules.Observing.Select(rule => rule.Id));
        RequestPlan plan = rules.Plan("POST", "shop.example.com", RulesUnderTest.Target("/x"));
        Assert.Equal(["applied"], plan.RuleIds);
        RequestPlan draft = Assert.Single(plan.Observing);
        Assert.Equal(["draft"], draft.RuleIds);
        Assert.Equal(FieldAction.Hash, Assert.Single(RulesUnderTest.Planned(draft.ForRequest("application/json", true)).Operations).Action);
        Assert.Equal(FieldAction.Encrypt, Assert.Single(RulesUnderTest.Planned(plan.ForRequest("application/json", true)).Operations).Action);
        Assert.Equal(["draft", "elsewhere"], rules.Plan("put", "A.example:80", RulesUnderTest.Target("/x")).Observing.SelectMany(one => one.RuleIds));
    }

    [Fact]
    public void Plan_ObservingRuleAlone_MatchesNothing()
    {
        RuleSet rules = RulesUnderTest.Load("app: shop\nrules:\n  - {id: draft, mode: observe, until: 2030-01-01, match: {path: /x}, request: [{hash: {json: [$.a]}, role: r}]}");
        RequestPlan plan = rules.Plan("POST", "h", RulesUnderTest.Target("/x"));
        Assert.Equal((false, false, false), (plan.MatchedAnyRule, plan.HasRequestRules, plan.AllowsUnmatchedBody));
        Assert.Equal(RefusalCode.UnmatchedBody, plan.ForRequest("application/json", true).Refusal?.Code);
    }

    [Fact]
    public void Load_ObservingRuleThatWouldConflict_LoadsUnlessWithItself()
    {
        const string Applied = "{id: one, match: {path: /x}, request: [{encrypt: {json: [$.a]}, role: r}]}";
        RulesUnderTest.Load($"app: shop\nrules:\n  - {Applied}\n  - {{id: draft, mode: observe, until: 2030-01-01, match: {{path: /x}}, request: [{{hash: {{json: [$.a]}}, role: r}}]}}");
        string itself = $"app: shop\nrules:\n  - {Applied}\n  - {{id: draft, mode: observe, until: 2030-01-01, match: {{path: /x}}, request: [{{hash: {{json: [$.a]}}, role: r}}, {{redact: {{json: [$.a]}}}}]}}";
        RuleProblem problem = Assert.Single(RulesUnderTest.TryLoad(itself).Problems);
        Assert.Equal((RuleProblemCode.ConflictingOperations, "draft"), (problem.Code, problem.RuleId));
    }

    [Theory]
    [InlineData("cache: keep", "", true)]
    [InlineData("cache: keep", "cache: keep", true)]
    [InlineData("", "cache: keep", false)]
    [InlineData("", "", false)]
    public void KeepsCache_OfAPlan_WantsEveryResponseRuleToSaySo(string first, string second, bool keeps)
    {
        string file = $$$"""
            app: shop
            rules:
              - id: in
                match: {path: /x}
                request: [{redact: {json: [$.a]}}]
              - id: one
                match: {path: /x}
                {{{first}}}
                response: [{redact: {json: [$.a]}}]
            """ + (first.Length > 0 && second.Length == 0 ? "" : $"\n  - id: two\n    match: {{path: /x}}\n    {second}\n    response: [{{redact: {{json: [$.b]}}}}]");
        Assert.Equal(keeps, RulesUnderTest.PlanFor(file).KeepsCache);
    }

    [Theory]
    [InlineData("decrypt: {json: [$.a]}", "", false)]
    [InlineData("decrypt: {json: [$.a]}", "coding: keep", true)]
    [InlineData("decrypt: {header: [X-A]}", "", true)]
    [InlineData("mask: {json: [$.a]}", "", true)]
    public void KeepsCoding_OfAPlan_WantsEveryRuleThatDecryptsInBodiesToSaySo(string operation, string more, bool keeps)
    {
        string file = $$"""
            app: shop
            rules:
              - id: one
                match: {path: /x}
                {{more}}
                response: [{ {{operation}}, role: r, bind: ["path:1"]}]
              - id: two
                match: {path: /x}
                coding: keep
                response: [{decrypt: {json: [$.b]}, role: r, bind: ["path:1"]}]
            """;
        RequestPlan plan = RulesUnderTest.PlanFor(file);
        Assert.Equal((true, keeps), (plan.KeepsRequestCoding, plan.KeepsResponseCoding));
    }

    [Theory]
    [InlineData("encrypt: {json: [$.a]}")]
    [InlineData("decrypt: {header: [X-A]}")]
    public void Load_CodingKeptWhereNothingIsDecryptedInBodies_IsRefused(string operation)
    {
        RuleLoadResult result = RulesUnderTest.TryLoad(RulesUnderTest.File($"request: [{{{operation}, role: r}}]", more: "coding: keep"));
        Assert.Contains("'coding' is about bodies with decrypted values", Assert.Single(result.Problems, problem => problem.Code == RuleProblemCode.InvalidValue).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("large: stream", "large: stream", true)]
    [InlineData("large: stream", "", false)]
    [InlineData("", "large: stream", false)]
    public void StreamsLargeBodies_OfAPlan_WantsEveryRuleOfThatDirectionToSaySo(string first, string second, bool streams)
    {
        string file = $$$"""
            app: shop
            rules:
              - id: one
                match: {path: /x}
                {{{first}}}
                request: [{redact: {json: [$.a]}}]
              - id: two
                match: {path: /x}
                {{{second}}}
                request: [{redact: {json: [$.b]}}]
              - id: out
                match: {path: /x}
                large: stream
                response: [{redact: {json: [$.b]}}]
            """;
        RequestPlan plan = RulesUnderTest.PlanFor(file);
        Assert.Equal((streams, true), (plan.StreamsRequests, plan.StreamsResponses));
    }
}
