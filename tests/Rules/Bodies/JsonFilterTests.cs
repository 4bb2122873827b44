namespace E3.Relay.Rules.Tests.Bodies;

public sealed class JsonFilterTests
{
    private static BodyPlan Plan(string selectors, string more = "", string rule = "") =>
        RulesUnderTest.JsonPlan(RulesUnderTest.File($"request:\n  - encrypt: {{json: [{selectors}]}}\n    role: card\n    {more}", more: rule));

    [Theory]
    [InlineData("$.items[?@.kind=='card'].value", """{"items":[{"kind":"card","value":"1"},{"kind":"iban","value":"2"},{"value":"3","kind":"c\u0061rd"}]}""", "1", "3")]
    [InlineData("$.items[?@.kind=='card'].value", """{"items":[{"VALUE":"1","Kind":"card"}]}""", "1")]
    [InlineData("$.items[?@['to_ken']==1].value", """{"items":[{"value":"1","to.\u212aen":1.0}]}""", "1")]
    [InlineData("$.items[-1]", """{"items":["1","2","3"]}""", "3")]
    [InlineData("$.items[-4]", """{"items":["1","2","3"]}""")]
    [InlineData("$.items[-2:]", """{"items":["1","2","3"]}""", "2", "3")]
    [InlineData("$.items[::-2]", """{"items":["1","2","3"]}""", "1", "3")]
    [InlineData("$.items[1:]", """{"items":["1","2","3"]}""", "2", "3")]
    [InlineData("$.items[::2]", """{"items":["1","2","3"]}""", "1", "3")]
    [InlineData("$..[-1]", """[["1","2"],["3",["4","5"]]]""", "2", "3", "4", "5")]
    [InlineData("$.list[?@.id==$.chosen].ssn", """{"list":[{"id":1,"ssn":"1"},{"id":2,"ssn":"2"}],"chosen":2e0}""", "2")]
    [InlineData("$[?@.ssn][?@>'1']", """[{"ssn":"2","a":"1"},{"x":"3"}]""", "2")]
    [InlineData("$[?count(@[*])>1]", """[["1"],["2","3"]]""", "2", "3")]
    [InlineData("$[?2==length(@)]", """["1","12","\ud83d\ude00x",["3","4"]]""", "12", "😀x", "3", "4")]
    [InlineData("$[?@.b==@.a].c", """[{"a":{"x":[1,2.0],"y":"\u0041"},"b":{"y":"A","x":[1.0,2]},"c":"1"},{"a":{"x":1},"b":{"X":1},"c":"2"}]""", "1")]
    [InlineData("$[?@==null]", """[null,"1"]""")]
    [InlineData("$[?match(@,'4[0-9]+')]", """["4242","x4242","4\u0032"]""", "4242", "42")]
    [InlineData("$.list[?search(@,$.pattern)]", """{"list":["abc","xyz"],"pattern":"[b]"}""", "abc")]
    [InlineData("$.list[?search(@,$.pattern)]", """{"list":["abc","xyz"],"pattern":"(b"}""")]
    public void Select_StepsThatLookAhead_FindTheirValues(string selector, string body, params string[] expected) => Assert.Equal(expected, Plan($"\"{selector}\"").Values(body));

    [Theory]
    [InlineData(20, false)]
    [InlineData(1000, true)]
    public void TrySelect_NumbersOfManyDigits_CountForMore(int digits, bool isTooCostly)
    {
        RuleLimits limits = RuleLimits.Default with { LookAheadStepsMax = 200 };
        BodyPlan plan = Plan("\"$[?@<1]\"");
        string body = $"[1e{new string('9', digits)}]";
        if (isTooCostly)
            Assert.Equal(RefusalCode.SelectorTooCostly, plan.Refused(body, limits).Code);
        else
            plan.Select(body, limits).Dispose();
    }

    [Fact]
    public void Select_ExactNames_HoldInFiltersToo()
    {
        BodyPlan plan = Plan("\"$[?@.kind==1].value\"", rule: "names: exact");
        Assert.Equal(["2"], plan.Values("""[{"Kind":1,"value":"1"},{"kind":1,"value":"2","Kind":3}]"""));
    }

    [Fact]
    public void Select_StreamingAndLookingStepsTogether_FindWhatEachFinds() => Assert.Equal(
        ["1", "2", "5"],
        Plan("$.a, \"$.list[?@.x].y\", \"$.list[-1].z\"").Values("""{"a":"1","list":[{"y":"2","x":0},{"y":"3","z":"4"},{"z":"5"}]}"""));

    [Theory]
    [InlineData("$.items[?@.kind=='card'].value", """{"items":[{"kind":"iban","Kind":"card","value":"1"}]}""")]
    [InlineData("$.items[?@.kind=='card'].value", """{"items":[{"kind":"card","kind":"iban","value":"1"}]}""")]
    [InlineData("$.items[?@.kind=='card'].value", """{"items":{"x":{"kind":"card"},"x":{}}}""")]
    [InlineData("$[?count(@.*)>1].value", """[{"a":1,"\u0061":2}]""")]
    [InlineData("$[?length(@.a)>1].value", """[{"a":{"x":1,"x":2}}]""")]
    [InlineData("$[?@.b==@.a].value", """[{"a":{"x":1,"x":2},"b":{"x":2,"y":2}}]""")]
    public void TrySelect_RepeatedMemberThatAFilterLookedAt_IsRefused(string selector, string body) =>
        Assert.Equal(new Refusal(400, RefusalCode.RepeatedMember, "under-test"), Plan($"\"{selector}\"").Refused(body));

    [Theory]
    [InlineData("$[?@.a=='x']", """[{"a":"\ud800"}]""")]
    [InlineData("$[?@.a=='x']", """[{"a\u0000b":"x"}]""")]
    [InlineData("$[?@.a=='x']", """[{"\udc00":"x"}]""")]
    public void TrySelect_LoneSurrogateOrNulThatAFilterLookedAt_IsRefused(string selector, string body) =>
        Assert.Equal(new Refusal(400, RefusalCode.MalformedText, "under-test"), Plan($"\"{selector}\"").Refused(body));

    [Theory]
    [InlineData("{\"items\":[{\"kind\":1},{\"kind\":", RefusalCode.MalformedBody)]
    [InlineData("""{"items":[{"kind":1},{"kind":tru}]}""", RefusalCode.MalformedBody)]
    [InlineData("""{"items":[{"kind":1}},1]}""", RefusalCode.MalformedBody)]
    public void TrySelect_MalformedValueThatIsReadAhead_IsRefused(string body, RefusalCode code) =>
        Assert.Equal(code, Plan("\"$.items[?@.kind==1].x\"").Refused(body).Code);

    [Fact]
    public void TrySelect_DepthOfWhatIsReadAhead_IsAllowedTo64()
    {
        static string Nested(int depth) => $$"""{"items":[{{new string('[', depth)}}{{new string(']', depth)}}]}""";
        Plan("\"$.items[-1].x\"").Select(Nested(62)).Dispose();
        Assert.Equal(RefusalCode.TooDeep, Plan("\"$.items[-1].x\"").Refused(Nested(63)).Code);
    }

    [Theory]
    [InlineData("$..[?@..[?@..[?@..[?@..x]]]]", 1000)]
    [InlineData("$[?count($..*)>9999999]", 1000)]
    [InlineData("$[?$[?$[?@==0]]]", 2000)]
    public void TrySelect_FilterThatVisitsTooMuch_IsRefused(string selector, int elements)
    {
        string body = "[" + string.Join(',', Enumerable.Repeat(new string('[', 40) + new string(']', 40), elements)) + "]";
        Assert.Equal(new Refusal(413, RefusalCode.SelectorTooCostly, "under-test"), Plan($"\"{selector}\"").Refused(body));
    }

    [Fact]
    public void TrySelect_LookAheadSteps_AreLimited()
    {
        RuleLimits limits = RuleLimits.Default with { LookAheadStepsMax = 8 };
        Plan("\"$[-1,-9]\"").Select("[1,2,3,4,5,6,7]", limits).Dispose();
        Assert.Equal(RefusalCode.SelectorTooCostly, Plan("\"$[-1,-9]\"").Refused("[1,2,3,4,5,6,7,8]", limits).Code);
    }

    [Theory]
    [InlineData("(x{50}){50}")]
    [InlineData("x{5000}")]
    public void TrySelect_PatternOfTheBodyThatIsTooLarge_IsRefused(string pattern) =>
        Assert.Equal(RefusalCode.SelectorTooCostly, Plan("\"$.list[?match(@,$.pattern)]\"").Refused($$"""{"list":["x"],"pattern":"{{pattern}}"}""").Code);

    [Fact]
    public void TrySelect_ManyPatternsOfTheBody_AreRefused()
    {
        string body = "[" + string.Join(',', Enumerable.Range(0, 20_000).Select(i => $$"""{"t":"x","p":"[a-z]{100}|{{i}}"}""")) + "]";
        Assert.Equal(RefusalCode.SelectorTooCostly, Plan("\"$[?match(@.t,@.p)].t\"").Refused(body).Code);
    }

    [Fact]
    public void TrySelect_NumberWithAnExponentOfThousands_IsRefused() =>
        Assert.Equal(RefusalCode.SelectorTooCostly, Plan("\"$[?@>1]\"").Refused($"[1e{new string('9', 2000)}]").Code);

    [Fact]
    public void Select_RequiredStepThatLooksAhead_IsMissedWhenNothingPasses()
    {
        BodyPlan plan = Plan("\"$[?@.kind==1].x\"", "required: [\"$[?@.kind==1].x\"]");
        Assert.Equal(["1"], plan.Values("""[{"kind":1,"x":"1"}]"""));
        Assert.Equal(RefusalCode.RequiredMissing, plan.Refused("""[{"kind":2,"x":"1"}]""").Code);
    }

    [Fact]
    public void Select_BoundValueFromTheEnd_IsTheContext()
    {
        BodyPlan plan = Plan("$.pan", "bind: ['json:$.ids[-1]']");
        using BodySelection selection = plan.Select("""{"ids":["a","bc"],"pan":"1"}""");
        Assert.Equal([0, 0, 0, 2, (byte)'b', (byte)'c'], selection.Context(0).ToArray());
    }
}
