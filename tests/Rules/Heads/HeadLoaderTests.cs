namespace E3.Relay.Rules.Tests.Heads;

public sealed class HeadLoaderTests
{
    [Theory]
    [InlineData("redact: {header: [X-A], with: \"caf\u00e9\"}", false)]
    [InlineData("redact: {header: [X-A], with: \" a\"}", false)]
    [InlineData("redact: {cookie: [a], with: \"a;b\"}", false)]
    [InlineData("mask: {cookie: [a], with: \",\"}, role: r", false)]
    [InlineData("decrypt: {cookie: [a]}, role: r, for: {scope: a}, else: {redact: {with: \"a b\"}}", false)]
    [InlineData("redact: {cookie: [a], header: [X-A], json: [$.a], with: hidden}", true)]
    [InlineData("redact: {json: [$.a], with: \"caf\u00e9; b\"}", true)]
    public void Load_TextThatCannotStandInAHead_IsRefused(string operation, bool loads)
    {
        string file = RulesUnderTest.File($"response: [{{{operation}}}]");
        Assert.Equal(loads ? [] : [RuleProblemCode.InvalidValue], RulesUnderTest.TryLoad(file).Problems.Select(problem => problem.Code));
    }

    [Theory]
    [InlineData("..", false)]
    [InlineData("a/b", false)]
    [InlineData("", false)]
    [InlineData("[redacted]", true)]
    public void Load_TextThatIsNoSegment_IsRefused(string text, bool loads)
    {
        string file = RulesUnderTest.File($"request: [{{redact: {{path: {{segment: 1}}, with: \"{text}\"}}}}]");
        Assert.Equal(loads ? [] : [RuleProblemCode.InvalidValue], RulesUnderTest.TryLoad(file).Problems.Select(problem => problem.Code));
    }

    [Theory]
    [InlineData("header: [Host]", "says where the message goes")]
    [InlineData("header: [content-length]", "frames the message")]
    [InlineData("header: [Transfer_Encoding]", "frames the message")]
    [InlineData("header: [TE]", "frames the message")]
    [InlineData("header: [Upgrade]", "frames the message")]
    [InlineData("header: [Content-Type]", "says what the body is")]
    [InlineData("header: [Request-Range]", "caching or parts")]
    [InlineData("header: [If-Match]", "caching or parts")]
    [InlineData("header: [X-HTTP-Method-Override]", "is removed from every request")]
    [InlineData("header: [Cookie]", "use cookie: [name]")]
    [InlineData("header: [E3-Simulated]", "by the relay itself")]
    [InlineData("header: [\"*\"]", "selects Connection too")]
    [InlineData("header: [\"X-*\"]", "selects X-Forwarded-For too")]
    [InlineData("header: [\"Cont*\"]", "selects Content-Length too")]
    [InlineData("header: [\":path\"]", "pseudo-header")]
    [InlineData("header: [\"X Card\"]", "no name of a header field")]
    [InlineData("header: [\"X-*-Y\"]", "no name of a header field")]
    [InlineData("header: [\"\"]", "no name of a header field")]
    [InlineData("header: [X-A, x-a]", "stands twice")]
    [InlineData("query: [a, b, a]", "stands twice")]
    [InlineData("query: [\"a*b\"]", "* before its end")]
    [InlineData("query: [\"\"]", "is empty")]
    [InlineData("cookie: [\"a=b\"]", "has a character that no name")]
    [InlineData("cookie: [\"a;\"]", "has a character that no name")]
    [InlineData("cookie: [a, a]", "stands twice")]
    [InlineData("path: {segment: 1}", "is always 'customers'")]
    [InlineData("path: {segment: 4}", "is not there; the pattern has 3")]
    [InlineData("path: {segment: 3}", "is always 'cards'")]
    [InlineData("path: {segment: 0}", "a number from 1 to 64")]
    [InlineData("path: {segment: 65}", "a number from 1 to 64")]
    [InlineData("path: {segment: \"2\"}", "a number from 1 to 64")]
    [InlineData("path: {segment: [2, 2]}", "stands twice")]
    [InlineData("path: {segment: []}", "a number from 1 to 64")]
    [InlineData("path: {segments: 2}", "is no key of 'path'")]
    [InlineData("path: 2", "wants a mapping")]
    public void Load_SelectorThatCannotWork_IsRefused(string selectors, string message)
    {
        string file = HeadUnderTest.File("request", $"encrypt: {{{selectors}}}", path: "/customers/*/cards");
        Assert.Contains(RulesUnderTest.TryLoad(file).Problems, problem => problem.Message.Contains(message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("query: [a]", "a response has no query")]
    [InlineData("path: {segment: 2}", "a response has no path")]
    [InlineData("header: [Authorization]", "no field of responses")]
    [InlineData("header: [Set-Cookie]", "use cookie: [name]")]
    public void Load_SelectorThatResponsesDoNotHave_IsRefused(string selectors, string message) => Assert.Contains(
        message, Assert.Single(RulesUnderTest.TryLoad(HeadUnderTest.File("response", $"mask: {{{selectors}}}")).Problems).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("path: {segment: 2}", "/**")]
    [InlineData("path: {segment: [2, 3]}", "/customers/*/**")]
    [InlineData("path: {segment: 64}", "/a/**/b")]
    [InlineData("header: [Authorization, \"X-Card-*\"]", "/**")]
    [InlineData("query: [\"*\"], cookie: [\"*\", __Host-id]", "/**")]
    public void Load_SelectorThatWorks_Loads(string selectors, string path) => Assert.Empty(RulesUnderTest.TryLoad(HeadUnderTest.File("request", $"encrypt: {{{selectors}}}", path: path)).Problems);

    [Theory]
    [InlineData("query: [a]", "query: [A]", true)]
    [InlineData("query: [\"a*\"]", "query: [ab]", true)]
    [InlineData("query: [card]", "query: [\"card[x]\"]", true)]
    [InlineData("cookie: [a.b]", "cookie: [a_b]", true)]
    [InlineData("header: [X-A]", "header: [X_A]", true)]
    [InlineData("path: {segment: 2}", "path: {segment: [1, 2]}", true)]
    [InlineData("form: [a]", "query: [a]", true)]
    [InlineData("query: [a]", "form: [\"a*\"]", true)]
    [InlineData("form: [\"*\"]", "query: [a]", false)]
    [InlineData("query: [a]", "cookie: [a], header: [a]", false)]
    [InlineData("query: [a]", "query: [b]", false)]
    [InlineData("path: {segment: 2}", "path: {segment: 1}", false)]
    public void Load_DifferentOperationsOnOneName_AreRefused(string first, string second, bool conflicts)
    {
        string file = RulesUnderTest.File($"request:\n  - {{encrypt: {{{first}}}, role: a}}\n  - {{encrypt: {{{second}}}, role: b}}");
        RuleLoadResult result = RulesUnderTest.TryLoad(file);
        Assert.Equal(conflicts ? [RuleProblemCode.ConflictingOperations] : [], result.Problems.Select(problem => problem.Code));
        Assert.Empty(RulesUnderTest.TryLoad(file.Replace("role: b", "role: a", StringComparison.Ordinal)).Problems);
    }

    [Theory]
    [InlineData("required: [b]")]
    [InlineData("required: [\"query:b\"]")]
    [InlineData("required: [\"2\"]")]
    [InlineData("required: [\"header:a\"]")]
    public void Load_RequiredThatIsNoSelector_IsRefused(string required) => Assert.Contains(
        "no selector of this operation",
        Assert.Single(RulesUnderTest.TryLoad(HeadUnderTest.File("request", "encrypt: {query: [a], path: {segment: 2}}", required)).Problems).Message,
        StringComparison.Ordinal);

    [Fact]
    public void ForRequest_RuleForTheHeadAlone_LetsABodyByOnlyWhereItSaysSo()
    {
        Refusal refused = new(415, RefusalCode.UnsupportedContentType, "under-test");
        Assert.Equal(refused, RulesUnderTest.PlanFor(HeadUnderTest.File("request", "encrypt: {query: [a]}")).ForRequest("application/json", true).Refusal);
        Assert.Null(RulesUnderTest.PlanFor(HeadUnderTest.File("request", "encrypt: {query: [a]}")).ForRequest(null, false).Refusal);
        string passes = RulesUnderTest.File("request: [{encrypt: {query: [a]}, role: r}]", more: "otherTypes: pass");
        Assert.Null(RulesUnderTest.PlanFor(passes).ForRequest("application/json", true).Refusal);
        Assert.Equal(RefusalCode.UnsupportedCharset, RulesUnderTest.PlanFor(passes).ForRequest("application/json; charset=utf-16", true).Refusal?.Code);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("text/html")]
    [InlineData(null)]
    public void ForResponse_RuleForTheHeadAlone_LeavesBodiesAlone(string? contentType) =>
        Assert.Equal(default, RulesUnderTest.PlanFor(HeadUnderTest.File("response", "mask: {header: [X-Card]}")).ForResponse(contentType, true));

    [Fact]
    public void Plan_RulesForBodiesAlone_HaveNoHead()
    {
        RequestPlan plan = RulesUnderTest.PlanFor(RulesUnderTest.Encrypt("json: [$.a], form: [a]"));
        Assert.Null(plan.RequestHead);
        Assert.Null(plan.ResponseHead);
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool none = plan.RequestHead is null && plan.ResponseHead is null;
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(none);
    }

    [Theory]
    [InlineData("decrypt: {path: {segment: 2}}", "", true)]
    [InlineData("rewrap: {path: {segment: 2}}", "", true)]
    [InlineData("encrypt: {path: {segment: 2}}", "incoming: verify", true)]
    [InlineData("encrypt: {path: {segment: 2}}", "", false)]
    [InlineData("mask: {path: {segment: 2}}", "", false)]
    [InlineData("decrypt: {path: {segment: 3}}", "", false)]
    [InlineData("decrypt: {query: [a]}", "", false)]
    public void Load_ContextBoundToASegmentOfTokens_IsRefused(string operation, string more, bool refused)
    {
        string bound = """

              - id: bound
                match: {path: "/customers/*/*"}
                response:
                  - decrypt: {json: [$.a]}
                    role: card
                    bind: ["path:2"]
            """;
        RuleLoadResult result = RulesUnderTest.TryLoad(HeadUnderTest.File("request", operation, more, "/customers/**") + bound);
        Assert.Equal(refused, result.Problems.Any(problem => problem.RuleId == "bound" && problem.Message.Contains("many for one value", StringComparison.Ordinal)));
        Assert.Equal(refused, result.Rules is null);
    }

    [Theory]
    [InlineData("json:$.a", true)]
    [InlineData("xml:/a", true)]
    [InlineData("path:2", false)]
    [InlineData("claim:sub", false)]
    public void Load_ContextOfAHeadThatIsInTheBody_IsRefused(string source, bool refused) =>
        Assert.Equal(refused, RulesUnderTest.TryLoad(HeadUnderTest.File("request", "encrypt: {query: [a]}", $"bind: [\"{source}\"]")).Rules is null);

    [Fact]
    public void Load_WholeBesideAHead_IsRefused() => Assert.NotEmpty(RulesUnderTest.TryLoad(HeadUnderTest.File("request", "encrypt: {json: [$.a], query: [a]}", "whole: true")).Problems);

    [Theory]
    [InlineData("decrypt: {query: [a]}", true)]
    [InlineData("decrypt: {path: {segment: 2}}", true)]
    [InlineData("decrypt: {header: [X-Card], cookie: [a]}", false)]
    [InlineData("encrypt: {query: [a]}", false)]
    public void Load_DecryptIntoTheTarget_IsAWarning(string operation, bool warns) =>
        Assert.Equal(warns, RulesUnderTest.TryLoad(HeadUnderTest.File("request", operation)).Warnings.Any(warning => warning.Code == RuleProblemCode.DecryptIntoTarget));

    [Fact]
    public void TrySelect_BoundHead_HasTheContextOfTheTargetThatCame()
    {
        HeadPlan plan = HeadUnderTest.RequestPlan("path: {segment: 2}, query: [a]", "/customers/1%203?a=x", "bind: [\"path:2\"]");
        using HeadSelection selection = plan.Select();
        Assert.Equal([0, 0, 0, 3, .. "1 3"u8], selection.Context(0).ToArray());
        Assert.Equal(RefusalCode.BindMissing, HeadUnderTest.RequestPlan("query: [a]", "/x?a=x", "bind: [\"path:2\"]").Refused().Code);
    }
}
