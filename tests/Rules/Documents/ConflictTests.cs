using CsCheck;
using E3.Relay.Rules.Documents;

namespace E3.Relay.Rules.Tests.Documents;

public sealed class ConflictTests
{
    private static string Two(string first, string second, string more = "") => $$"""
        app: shop
        rules:
          - id: one
            match: {path: /a/**}
            {{more}}
            request:
              - encrypt: {{{first}}}
                role: card
          - id: two
            match: {path: /*/b}
            {{more}}
            request:
              - encrypt: {{{second}}}
                role: other
        """;

    [Theory]
    [InlineData("json: [$.a]", "json: [$.a]")]
    [InlineData("json: [$.a]", "json: [$.A]")]
    [InlineData("json: [$.a]", "json: ['$[\"a\"]']")]
    [InlineData("json: [$.a]", "json: [$.a.b]")]
    [InlineData("json: [$.a.b.x]", "json: [$.a]")]
    [InlineData("json: [$]", "json: [$.a]")]
    [InlineData("json: [$.a]", "json: ['$.*']")]
    [InlineData("json: [$.a.b]", "json: ['$..b']")]
    [InlineData("json: ['$..a']", "json: ['$..a.b']")]
    [InlineData("json: ['$..a']", "json: ['$.*.*']")]
    [InlineData("json: ['$.a[*]']", "json: ['$.a[0].x']")]
    [InlineData("json: ['$.a[0,2]']", "json: ['$.a[1,2]']")]
    [InlineData("json: ['$.a[1:3]']", "json: ['$.a[2].x']")]
    [InlineData("json: ['$.a[1:]']", "json: ['$.a[*]']")]
    [InlineData("json: ['$.a[::2]']", "json: ['$.a[1::3]']")]
    [InlineData("json: ['$.a[0:20:6]']", "json: ['$.a[9:19:9]']")]
    [InlineData("json: ['$.a[-1]']", "json: ['$.a[-1].x']")]
    [InlineData("json: ['$.a[-1]']", "json: ['$.a[*]']")]
    [InlineData("json: ['$.a[-2:]']", "json: ['$.a[-2:]']")]
    [InlineData("form: [card_number]", "form: [Card.Number]")]
    [InlineData("form: ['card_*']", "form: [card_number]")]
    [InlineData("form: ['card_*']", "form: ['c*']")]
    public void Load_DifferentOperationsOnOneValue_AreRefused(string first, string second)
    {
        RuleProblem problem = Assert.Single(RulesUnderTest.TryLoad(Two(first, second)).Problems);
        Assert.Equal((RuleProblemCode.ConflictingOperations, "two"), (problem.Code, problem.RuleId));
        Assert.Contains("of rule 'one' (line", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("json: [$.a]", "json: [$.b]")]
    [InlineData("json: [$.a.b]", "json: [$.a.c]")]
    [InlineData("json: [$.a.b]", "json: ['$..c']")]
    [InlineData("json: ['$.a[0]']", "json: ['$.a[1]']")]
    [InlineData("json: ['$.a[0]']", "json: [$.a.x]")]
    [InlineData("json: ['$.a[1:3]']", "json: ['$.a[3]']")]
    [InlineData("json: ['$.a[1:3]']", "json: ['$.a[3:5]']")]
    [InlineData("json: ['$.a[::2]']", "json: ['$.a[1::2]']")]
    [InlineData("json: ['$.a[0:18:6]']", "json: ['$.a[9:18:9]']")]
    [InlineData("json: ['$.a[1:3]']", "json: ['$.a.x']")]
    [InlineData("json: ['$.a[3:1]']", "json: ['$.a[*]']")]
    [InlineData("json: ['$.a[::0]']", "json: ['$.a[::0]']")]
    [InlineData("json: ['$.a[-1]']", "json: ['$.a[-2]']")]
    [InlineData("json: ['$.a[-1]']", "json: ['$.a[0]']")]
    [InlineData("json: ['$.a[-2:]']", "json: ['$.a[0]']")]
    [InlineData("json: ['$.a[?@.b==1].c']", "json: ['$.a[?@.b==2].c']")]
    [InlineData("json: ['$.a[?@.b==1].c']", "json: ['$.a[*].c']")]
    [InlineData("json: [$.a]", "form: [a]")]
    [InlineData("form: [ab]", "form: ['abc*']")]
    public void Load_OperationsThatNeedNotMeet_Load(string first, string second) => Assert.Equal(2, RulesUnderTest.Load(Two(first, second)).Count);

    [Fact]
    public void Load_ExactNames_TellsCaseApart()
    {
        RulesUnderTest.Load(Two("json: [$.a]", "json: [$.A]", "names: exact"));
        Assert.Single(RulesUnderTest.TryLoad(Two("json: [$.a]", "json: [$.a]", "names: exact")).Problems);
    }

    [Theory]
    [InlineData("path: /a", "path: /b")]
    [InlineData("path: /a/*", "path: /a/*/c")]
    [InlineData("path: /a, methods: [POST]", "path: /a, methods: [PUT]")]
    [InlineData("path: /a, hosts: [x.example]", "path: /a, hosts: [y.example]")]
    public void Load_RulesForOtherRequests_Load(string first, string second) => RulesUnderTest.Load($$"""
        app: shop
        rules:
          - {id: one, match: {{{first}}}, request: [{encrypt: {json: [$.a]}, role: card}]}
          - {id: two, match: {{{second}}}, request: [{decrypt: {json: [$.a]}, role: card}]}
        """);

    [Fact]
    public void Select_SameOperationTwice_IsAppliedOnce()
    {
        const string File = """
            app: shop
            rules:
              - {id: one, match: {path: /**}, request: [{encrypt: {json: [$.a, $.card]}, role: card}]}
              - {id: two, match: {path: /**}, request: [{encrypt: {json: ['$..a', $.card.x]}, role: card}]}
            """;
        Assert.Equal(["1", "2"], RulesUnderTest.JsonPlan(File).Values("""{"a":"1","card":{"x":"2"}}"""));
    }

    [Fact]
    public void TrySelect_OperationsThatMeetInTheBody_AreRefused()
    {
        const string File = """
            app: shop
            rules:
              - {id: one, match: {path: /**}, request: [{encrypt: {json: [$.card.number]}, role: card}]}
              - {id: two, match: {path: /**}, request: [{encrypt: {json: ['$..cvc']}, role: other}]}
            """;
        BodyPlan plan = RulesUnderTest.JsonPlan(File);
        Assert.Equal(["1", "2"], plan.Values("""{"card":{"number":"1","cvc":"2"}}"""));
        Assert.Equal(new Refusal(400, RefusalCode.ConflictingOperations, "two"), plan.Refused("""{"card":{"number":{"cvc":"2"}}}"""));
    }

    [Fact]
    public void TrySelect_FiltersThatMeetInTheBody_AreRefused()
    {
        const string File = """
            app: shop
            rules:
              - {id: one, match: {path: /**}, request: [{encrypt: {json: ['$[?@["a"]].x']}, role: card}]}
              - {id: two, match: {path: /**}, request: [{encrypt: {json: ['$[?@.b].x', '$[-3,-9].x']}, role: other}]}
            """;
        BodyPlan plan = RulesUnderTest.JsonPlan(File);
        Assert.Equal(["1", "2"], plan.Values("""[{"a":0,"x":"1"},{"b":0,"x":"2"}]"""));
        Assert.Equal(new Refusal(400, RefusalCode.ConflictingOperations, "two"), plan.Refused("""[{"a":0,"b":0,"x":"1"}]"""));
        Assert.Equal(new Refusal(400, RefusalCode.ConflictingOperations, "two"), plan.Refused("""[{"a":0,"x":"1"},1,2]"""));
    }

    [Fact]
    public void TrySelect_ResponseOperationsThatMeet_AreABadGateway()
    {
        string file = RulesUnderTest.File("response: [{decrypt: {json: [$.a.b]}, role: r}, {mask: {json: ['$..c']}, role: r}]");
        Assert.Equal(502, RulesUnderTest.JsonResponsePlan(file).Refused("""{"a":{"b":{"c":"1"}}}""").Status);
    }

    [Fact]
    public void Find_AnyRules_ReportsWhatComparingAllOfThemReports() => GeneratedRules.Any.Sample(rules =>
    {
        List<string> expected = [], found = [];
        for (int i = 0; i < rules.Length; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                if (i == j || rules[i].Overlaps(rules[j]))
                    new ConflictFinder(new SearchBudget(), (_, rule, message) => expected.Add($"{rule.Id}: {message}")).Find(rules[j], rules[i]);
            }
        }

        new ConflictFinder(new SearchBudget(), (_, rule, message) => found.Add($"{rule.Id}: {message}")).Find(rules);
        Assert.Equal(expected, found);
    }, iter: 5000);

    /// <summary>Both grow with the square of the rules: what is reported, and what is compared.</summary>
    [Fact]
    public void Load_VeryManyConflicts_ReportsSomeAndSaysThatThereAreMore()
    {
        RuleLoadResult result = RulesUnderTest.TryLoad(ManyRules(500));
        Assert.Null(result.Rules);
        Assert.Equal(101, result.Problems.Count);
        Assert.Equal(RuleProblemCode.ConflictingOperations, result.Problems[^1].Code);
        Assert.Contains("left out", result.Problems[^1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_FewerConflictsThanThat_AreAllReported()
    {
        // 14 rules are 91 pairs.
        Assert.Equal(91, RulesUnderTest.TryLoad(ManyRules(14)).Problems.Count);
        Assert.Equal(101, RulesUnderTest.TryLoad(ManyRules(15)).Problems.Count);
    }

    [Fact]
    public void Find_MoreThanTheBudgetAllows_Ends()
    {
        string file = "app: shop\nrules:\n" + string.Concat(Enumerable.Range(0, 50).Select(i => $"  - {{id: r{i}, match: {{path: /**}}, request: [{{encrypt: {{json: [$.a{i}..x]}}, role: r{i}}}]}}\n"));
        RuleFile read = RuleFileReader.Read(new RuleSource("a.yaml", System.Text.Encoding.UTF8.GetBytes(file)));
        SearchBudget little = new(1000), enough = new();
        new ConflictFinder(little, (_, _, message) => Assert.Fail(message)).Find(read.Rules);
        new ConflictFinder(enough, (_, _, message) => Assert.Fail(message)).Find(read.Rules);
        Assert.True(little.IsSpent);
        Assert.False(enough.IsOver);
    }

    private static string ManyRules(int count) =>
        "app: shop\nrules:\n" + string.Concat(Enumerable.Range(0, count).Select(i => $"  - {{id: r{i}, match: {{path: /**}}, request: [{{encrypt: {{json: [$.a]}}, role: r{i}}}]}}\n"));
}
