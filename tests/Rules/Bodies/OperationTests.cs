using System.Text;

namespace E3.Relay.Rules.Tests.Bodies;

public sealed class OperationTests
{
    [Fact]
    public void TrySelect_TokenThatComesIn_IsRefusedByDefaultAndHandedOverToBeVerified()
    {
        Assert.Equal(new Refusal(422, RefusalCode.TokenNotAccepted, "under-test"),
            RulesUnderTest.JsonPlan(RulesUnderTest.Encrypt("json: [$.a]")).Refused("""{"a":"e3.token"}"""));
        BodyPlan verifying = RulesUnderTest.JsonPlan(RulesUnderTest.Encrypt("json: [$.a, $.b]", "incoming: verify"));
        Assert.Equal(IncomingTokens.Verify, Assert.Single(verifying.Operations).Incoming);
        using BodySelection selection = verifying.Select("""{"a":"e3.tok\u0065n","b":"x e3.token"}""");
        Assert.Equal([true, false], selection.Fields.Select(field => field.IsToken));
    }

    [Fact]
    public void Incoming_OfTheRule_HoldsUnlessTheOperationSaysOtherwise()
    {
        string file = RulesUnderTest.File("request: [{encrypt: {json: [$.a]}, role: r}, {encrypt: {json: [$.b]}, role: r, incoming: refuse}]", more: "incoming: verify");
        Assert.Equal([IncomingTokens.Verify, IncomingTokens.Refuse], RulesUnderTest.JsonPlan(file).Operations.Select(operation => operation.Incoming));
    }

    [Fact]
    public void Incoming_OfAResponse_IsVerified() =>
        Assert.Equal(IncomingTokens.Verify, RulesUnderTest.JsonResponsePlan(RulesUnderTest.File("response: [{encrypt: {json: [$.a]}, role: r}]")).Operations[0].Incoming);

    [Fact]
    public void TrySelect_DecryptOfWhatIsNoToken_IsLeftToTheCallerUnlessStrict()
    {
        const string Body = """{"a":"plain","b":12,"c":"e3.token"}""";
        string file = RulesUnderTest.File("response: [{decrypt: {json: ['$.*']}, role: r}]");
        using BodySelection selection = RulesUnderTest.JsonResponsePlan(file).Select(Body);
        Assert.Equal([(FieldType.String, false), (FieldType.Number, false), (FieldType.String, true)], selection.Fields.Select(field => (field.Type, field.IsToken)));
        string strict = RulesUnderTest.File("response: [{decrypt: {json: ['$.*']}, role: r, strict: true}]");
        Assert.Equal(new Refusal(502, RefusalCode.NotAToken, "under-test"), RulesUnderTest.JsonResponsePlan(strict).Refused(Body));
    }

    [Theory]
    [InlineData("$.a", "", true)]
    [InlineData("$.a[0]['b']", "", true)]
    [InlineData("$.a[*]", "", false)]
    [InlineData("$..a", "", false)]
    [InlineData("$['a','b']", "", false)]
    [InlineData("$.a", "onError: leave", false)]
    [InlineData("$..a", "onError: fail", true)]
    public void FailOnUnopenable_Response_FollowsTheSelector(string selector, string more, bool fails)
    {
        string file = RulesUnderTest.File($"response:\n  - decrypt: {{json: [\"{selector}\"]}}\n    role: r\n    {more}");
        Assert.Equal(fails, Assert.Single(RulesUnderTest.JsonResponsePlan(file).Operations).FailOnUnopenable);
    }

    [Fact]
    public void FailOnUnopenable_OneOperationWithBothKindsOfSelectors_IsJudgedBySelector()
    {
        BodyPlan plan = RulesUnderTest.JsonResponsePlan(RulesUnderTest.File("response: [{decrypt: {json: [$.a, '$..b', '$..a']}, role: r}]"));
        using BodySelection selection = plan.Select("""{"a":"e3.a","x":{"b":"e3.b","a":"e3.c"}}""");
        Assert.Equal([true, false, false], selection.Fields.Select(field => plan.Operations[field.Operation].FailOnUnopenable));
    }

    [Fact]
    public void FailOnUnopenable_Request_IsAlwaysTrue() =>
        Assert.True(Assert.Single(RulesUnderTest.JsonPlan(RulesUnderTest.File("request: [{decrypt: {json: ['$..a']}, role: r}]")).Operations).FailOnUnopenable);

    [Theory]
    [InlineData("************4242", true)]
    [InlineData("*4242", true)]
    [InlineData("***", true)]
    [InlineData("*", true)]
    [InlineData("*é☺𝄞a", true)]
    [InlineData("12**4242", false)]
    [InlineData("****42424", false)]
    [InlineData("4242424242424242", false)]
    [InlineData("42*42", false)]
    [InlineData("**a*4242", false)]
    [InlineData("", false)]
    public void TrySelect_ValueThatLooksLikeAMaskOfTheRole_IsRefused(string value, bool refused)
    {
        const string File = """
            app: shop
            rules:
              - {id: in, match: {path: /in}, request: [{encrypt: {json: [$.a], form: [a]}, role: card}, {encrypt: {json: [$.b], form: [b]}, role: other}]}
              - {id: out, match: {path: /out}, response: [{mask: {json: [$.a], last: 4}, role: card}]}
            """;
        BodyPlan json = RulesUnderTest.JsonPlan(File, "/in"), form = RulesUnderTest.FormPlan(File, "/in");
        Refusal masked = new(422, RefusalCode.MaskedValue, "in");
        if (refused)
        {
            Assert.Equal(masked, json.Refused($$"""{"a":"{{value}}"}"""));
            Assert.Equal(masked, form.Refused($"a={value}"));
        }
        else
        {
            Assert.Equal([value], json.Values($$"""{"a":"{{value}}"}"""));
        }

        Assert.Equal([value], json.Values($$"""{"b":"{{value}}"}"""));
    }

    [Theory]
    [InlineData("ab****yz", true)]
    [InlineData("****", true)]
    [InlineData("a*b****z", false)]
    [InlineData("*b****yz", true)]
    public void TrySelect_MaskWithAStartKept_IsRecognised(string value, bool refused)
    {
        const string File = """
            app: shop
            rules:
              - {id: in, match: {path: /in}, request: [{encrypt: {json: [$.a]}, role: card}]}
              - {id: out, match: {path: /out}, response: [{mask: {json: [$.a], first: 2, last: 2}, role: card}]}
            """;
        bool selected = RulesUnderTest.JsonPlan(File, "/in").TrySelect(Encoding.UTF8.GetBytes($$"""{"a":"{{value}}"}"""), RuleLimits.Default, FakeTokens.Grammar, out _, out _);
        Assert.Equal(refused, !selected);
    }

    [Theory]
    [InlineData("$.a", "XXXXXXXX4242", true)]
    [InlineData("$.a", "XXXX44242", true)]
    [InlineData("$.a", "XXXX944242", false)]
    [InlineData("$.a", "••••zz", true)]
    [InlineData("$.a", "•••zzz", false)]
    [InlineData("$.a", "****", false)]
    [InlineData("$.a", "[redacted]", true)]
    [InlineData("$.a", "hidden", true)]
    [InlineData("$.a", "hidden.", false)]
    [InlineData("$.a", "", false)]
    [InlineData("$.b", "XXXX4242", false)]
    [InlineData("$.b", "[redacted]", true)]
    public void TrySelect_MaskOfAnotherCharacterOrRedaction_IsRefused(string selector, string value, bool refused)
    {
        const string File = """
            app: shop
            rules:
              - {id: in, match: {path: /in}, request: [{encrypt: {json: [$.a]}, role: card}, {encrypt: {json: [$.b]}, role: other}]}
              - {id: out, match: {path: /out}, response: [{mask: {json: [$.a], last: 5, with: X}, role: card}, {redact: {json: [$.b]}}, {redact: {json: [$.c], with: ""}}]}
              - id: else
                match: {path: /else}
                response:
                  - {decrypt: {json: [$.a]}, role: card, for: {scope: x}, else: {mask: {last: 2, with: "•"}}}
                  - {decrypt: {json: [$.b]}, role: card, for: {scope: x}, else: {redact: {with: hidden}}}
            """;
        string body = $$"""{"{{selector[2..]}}":"{{value}}"}""";
        BodyPlan plan = RulesUnderTest.JsonPlan(File, "/in");
        if (refused)
            Assert.Equal(new Refusal(422, RefusalCode.MaskedValue, "in"), plan.Refused(body));
        else
            Assert.Equal([value], plan.Values(body));
    }

    [Fact]
    public void Mask_Operation_SaysHowMuchStays()
    {
        FieldOperation operation = RulesUnderTest.JsonResponsePlan(RulesUnderTest.File("response: [{mask: {json: [$.a], first: 1, last: 4, with: '*'}, role: r}]")).Operations[0];
        Assert.Equal((FieldAction.Mask, 1, 4, new Rune('*')), (operation.Action, operation.MaskFirst, operation.MaskLast, operation.MaskWith));
    }

    [Theory]
    [InlineData("first: 256", RuleProblemCode.InvalidValue)]
    [InlineData("last: -1", RuleProblemCode.WrongType)]
    [InlineData("last: '4'", RuleProblemCode.WrongType)]
    [InlineData("with: '7'", RuleProblemCode.InvalidValue)]
    [InlineData("with: ' '", RuleProblemCode.InvalidValue)]
    [InlineData("with: '**'", RuleProblemCode.InvalidValue)]
    [InlineData("with: ''", RuleProblemCode.InvalidValue)]
    [InlineData("with: \"\\u0301\"", RuleProblemCode.InvalidValue)]
    public void Load_MaskThatCannotBeMade_IsRefused(string more, RuleProblemCode code) => Assert.Equal(
        code, Assert.Single(RulesUnderTest.TryLoad(RulesUnderTest.File($"response: [{{mask: {{json: [$.a], {more}}}, role: r}}]")).Problems).Code);

    [Fact]
    public void Context_BoundValues_AreTheirTextWithItsLength()
    {
        BodyPlan bound = RulesUnderTest.JsonPlan(RulesUnderTest.Encrypt("json: [$.a]", "bind: [\"path:2\", \"json:$.order.id\"]"), "/orders/%41b/x");
        using BodySelection selection = bound.Select("""{"a":"1","order":{"id":17}}""");
        Assert.True(bound.Operations[0].IsBound);
        Assert.Equal("\0\0\0\u0002Ab\0\0\0\u000217", Encoding.UTF8.GetString(selection.Context(0).Span));
    }

    [Fact]
    public void Context_SameTextFromElsewhere_IsTheSame()
    {
        using BodySelection path = RulesUnderTest.JsonPlan(RulesUnderTest.Encrypt("json: [$.a]", "bind: [\"path:2\"]"), "/orders/17").Select("""{"a":1}""");
        using BodySelection body = RulesUnderTest.JsonPlan(RulesUnderTest.Encrypt("json: [$.a]", "bind: [\"json:$.id\"]")).Select("""{"a":1,"id":"\u00317"}""");
        Assert.Equal(path.Context(0).ToArray(), body.Context(0).ToArray());
    }

    [Fact]
    public void Context_TwoValues_AreNotOneJoined()
    {
        BodyPlan plan = RulesUnderTest.JsonPlan(RulesUnderTest.Encrypt("json: [$.a]", "bind: [\"json:$.x\", \"json:$.y\"]"));
        using BodySelection first = plan.Select("""{"a":1,"x":"ab","y":"c"}"""), second = plan.Select("""{"a":1,"x":"a","y":"bc"}""");
        Assert.NotEqual(first.Context(0).ToArray(), second.Context(0).ToArray());
    }

    [Theory]
    [InlineData("{\"a\":1}", true)]
    [InlineData("{\"a\":1,\"id\":null}", true)]
    [InlineData("{\"a\":1,\"id\":{}}", true)]
    [InlineData("{\"a\":1,\"id\":[1]}", true)]
    [InlineData("{\"b\":1}", false)]
    [InlineData("{\"a\":1,\"id\":false}", false)]
    public void TrySelect_BoundValueThatIsNoScalar_IsRefusedWhereSomethingIsSelected(string body, bool refused)
    {
        string request = RulesUnderTest.Encrypt("json: [$.a]", "bind: [\"json:$.id\"]");
        string response = RulesUnderTest.File("response: [{decrypt: {json: [$.a]}, role: r, bind: ['json:$.id']}]");
        if (!refused)
        {
            RulesUnderTest.JsonPlan(request).Select(body).Dispose();
            return;
        }

        Assert.Equal(new Refusal(422, RefusalCode.BindMissing, "under-test"), RulesUnderTest.JsonPlan(request).Refused(body));
        Assert.Equal(new Refusal(502, RefusalCode.BindMissing, "under-test"), RulesUnderTest.JsonResponsePlan(response).Refused(body));
    }

    [Fact]
    public void TrySelect_BoundValue_IsFoundUnderTheNamesRuleAndOnce()
    {
        BodyPlan plan = RulesUnderTest.JsonPlan(RulesUnderTest.Encrypt("json: [$.a]", "bind: [\"json:$.id\"]"));
        plan.Select("""{"a":1,"ID":1}""").Dispose();
        Assert.Equal(RefusalCode.RepeatedMember, plan.Refused("""{"a":1,"ID":1,"id":2}""").Code);
    }

    [Fact]
    public void TrySelect_PathWithoutTheBoundSegment_IsRefused()
    {
        string file = RulesUnderTest.Encrypt("json: [$.a], form: [a]", "bind: [\"path:3\"]");
        Assert.Equal(RefusalCode.BindMissing, RulesUnderTest.JsonPlan(file, "/a/b/").Refused("""{"a":1}""").Code);
        using BodySelection form = RulesUnderTest.FormPlan(file, "/a/b/c/").Select("a=1");
        Assert.Equal("\0\0\0\u0001c", Encoding.UTF8.GetString(form.Context(0).Span));
    }

    [Fact]
    public void TrySelect_ContextThatIsTooLong_IsRefused() => Assert.Equal(
        RefusalCode.BindMissing,
        RulesUnderTest.JsonPlan(RulesUnderTest.Encrypt("json: [$.a]", "bind: [\"json:$.id\"]")).Refused($$"""{"a":1,"id":"{{new string('x', 4093)}}"}""").Code);

    [Theory]
    [InlineData("path:0")]
    [InlineData("path:x")]
    [InlineData("path:65")]
    [InlineData("json:$..a")]
    [InlineData("json:$.a[*]")]
    [InlineData("json:a")]
    [InlineData("body")]
    public void Load_SourceThatIsNone_IsRefused(string source)
    {
        RuleProblem problem = Assert.Single(RulesUnderTest.TryLoad(RulesUnderTest.Encrypt("json: [$.a]", $"bind: [\"{source}\"]")).Problems);
        Assert.True(problem.Code is RuleProblemCode.InvalidValue or RuleProblemCode.InvalidSelector, problem.ToString());
    }

    [Fact]
    public void Load_JsonSourceForAForm_IsRefused() => Assert.Contains(
        "not in a form body", Assert.Single(RulesUnderTest.TryLoad(RulesUnderTest.Encrypt("form: [a]", "bind: [\"json:$.a\"]")).Problems).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("422", RefusalCode.RequiredMissing, "required-missing")]
    [InlineData("422", RefusalCode.MaskedValue, "masked-value")]
    [InlineData("415", RefusalCode.UnsupportedContentType, "unsupported-content-type")]
    public void Name_Code_IsStable(string status, RefusalCode code, string name) => Assert.Equal(name, new Refusal(int.Parse(status, null), code, null).Name);

    [Fact]
    public void Name_EveryCode_HasItsOwn()
    {
        string[] names = [.. Enum.GetValues<RefusalCode>().Select(code => new Refusal(400, code, null).Name)];
        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.All(names, name => Assert.Matches("^[a-z]+(-[a-z]+)*$", name));
    }

    [Fact]
    public void ToString_FieldAndReplacement_ShowNoValue()
    {
        using BodySelection selection = RulesUnderTest.JsonPlan(RulesUnderTest.Encrypt("json: [$.a]")).Select("""{"a":"secret"}""");
        Assert.DoesNotContain("secret", selection.Fields[0].ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", RulesUnderTest.Replacement("secret").ToString(), StringComparison.Ordinal);
    }
}
