using CsCheck;

namespace E3.Relay.Rules.Tests.Bodies;

public sealed class TokenScanTests
{
    private static readonly BodyPlan Json = RulesUnderTest.JsonResponsePlan(File("trusted: only the shop writes here"));
    private static readonly BodyPlan Form = RulesUnderTest.FormPlan(File("trusted: only the shop writes here", "request"));

    private static string File(string more, string direction = "response", string others = "") =>
        RulesUnderTest.File($"{direction}:\n  - decrypt: {{tokens: true}}\n    role: card\n    {more}\n{others}");

    [Theory]
    [InlineData("""{"a":"e3.abc","b":["x",{"c":"e3.d"}],"e3.name":1}""", """{"a":"T","b":["x",{"c":"T"}],"e3.name":1}""")]
    [InlineData("""{"a":"card e3.abc, and e3.d!"}""", """{"a":"card T, and T!"}""")]
    [InlineData("""{"a":"\u00e9\n\ud83d\ude00 e3.a\"e3.b\u0021"}""", """{"a":"\u00e9\n\ud83d\ude00 T\"T\u0021"}""")]
    [InlineData("""{"a":"x\u00653.\u0061b,"}""", """{"a":"xT,"}""")]
    [InlineData("""{"a":"\u00653.ab"}""", """{"a":"T"}""")]
    [InlineData("\"e3.abc\"", "\"T\"")]
    [InlineData("""[1, "e3.", "E3.abc", null]""", """[1, "e3.", "E3.abc", null]""")]
    [InlineData("""{"a":"\ud800 e3.abc"}""", """{"a":"\ud800 e3.abc"}""")]
    public void Rewrite_Json_ReplacesTokensAndNothingElse(string body, string written) => Assert.Equal(written, Json.Rewrite(body, "T"));

    [Theory]
    [InlineData("a=e3.abc&e3.name=1&b=e3.d", "a=T&e3.name=1&b=T")]
    [InlineData("a=card+e3.abc%2C+e3.d!&b", "a=card+T%2C+T!&b")]
    [InlineData("a=%C3%A9%653.%61b%21", "a=%C3%A9T%21")]
    [InlineData("a=1&&=e3.x&", "a=1&&=T&")]
    public void Rewrite_Form_ReplacesTokensAndNothingElse(string body, string written) => Assert.Equal(written, Form.Rewrite(body, "T"));

    [Theory]
    [InlineData("application/x-ndjson", "{\"a\":\"e3.a\"}\n[\"x e3.b\"]\n", "{\"a\":\"T\"}\n[\"x T\"]\n")]
    [InlineData("application/json-seq", "\u001E{\"a\":\"e3.a\"}\n\u001E[\"x e3.b\"]\n", "\u001E{\"a\":\"T\"}\n\u001E[\"x T\"]\n")]
    public void Rewrite_SeveralDocuments_ReplacesTheTokensOfAll(string contentType, string body, string written)
    {
        string others = "  - decrypt: {json: [$.b]}\n    role: other\n    bind: [\"json:$.id\"]";
        RequestPlan plan = RulesUnderTest.PlanFor(File("bind: [\"path:1\"]", others: others), "/orders");
        Assert.Equal(written, RulesUnderTest.Planned(plan.ForResponse(contentType, true)).Rewrite(body, "T"));
        using BodySelection selection = RulesUnderTest.Planned(plan.ForResponse(contentType, true)).Select(body);
        Assert.All(selection.Fields, field => Assert.Equal([0, 0, 0, 6, .. "orders"u8], selection.Context(field.Operation).ToArray()));
        Assert.Equal(2, selection.Fields.Count);
    }

    [Fact]
    public void Write_Value_IsEscapedForItsPlace()
    {
        Assert.Equal("""{"a":"x \u0022\u003c\u000a"}""", Json.Rewrite("""{"a":"x e3.a"}""", "\"<\n"));
        Assert.Equal("a=x+%26%3D%2B", Form.Rewrite("a=x+e3.a", "&=+"));
    }

    [Theory]
    [InlineData("""["e3.a"]""", FieldType.Number, "1.10", "[1.10]")]
    [InlineData("""["x e3.a"]""", FieldType.Number, "1.10", """["x 1.10"]""")]
    [InlineData("""["e3.a"]""", FieldType.Object, """{"a":1}""", """[{"a":1}]""")]
    [InlineData("""["x e3.a"]""", FieldType.Object, """{"a":1}""", """["x e3.a"]""")]
    [InlineData("""["x e3.a"]""", FieldType.Array, "[]", """["x e3.a"]""")]
    public void Write_OtherTypes_KeepTheirTypeAsAWholeValueAndAreTextInALongerOne(string body, FieldType type, string value, string written) =>
        Assert.Equal(written, Json.Rewrite(body, value, type));

    [Fact]
    public void Write_ObjectInALongerText_IsRefusedWhereTokensMustOpen()
    {
        BodyPlan plan = RulesUnderTest.JsonResponsePlan(File("trusted: x\n    onError: fail"));
        using BodySelection selection = plan.Select("""["x e3.a"]""");
        Assert.Equal(RefusalCode.CannotDecrypt, selection.RefusedToWrite(_ => RulesUnderTest.Replacement("{}", FieldType.Object)).Code);
    }

    [Fact]
    public void Select_ByDefault_LeavesTokensThatDoNotOpenInResponsesAlone()
    {
        Assert.False(Assert.Single(Json.Operations).FailOnUnopenable);
        Assert.True(Assert.Single(Form.Operations).FailOnUnopenable);
    }

    [Fact]
    public void TrySelect_TokenUnderAnotherOperation_IsRefused()
    {
        string others = "  - mask: {json: [$.a], last: 4}\n    role: card";
        BodyPlan plan = RulesUnderTest.JsonResponsePlan(File("trusted: x", others: others));
        Assert.Equal(["4242", "e3.b"], plan.Values("""{"a":"4242","b":"e3.b"}"""));
        Assert.Equal(new Refusal(502, RefusalCode.ConflictingOperations, "under-test"), plan.Refused("""{"b":1,"a":"e3.a"}"""));
        Assert.Equal(RefusalCode.ConflictingOperations, plan.Refused("""{"a":["x e3.a"]}""").Code);
    }

    [Fact]
    public void TrySelect_TokenUnderTheSameOperation_IsSelectedOnce()
    {
        string others = "  - decrypt: {json: [$.a]}\n    role: card";
        Assert.Equal(["e3.x", "e3.a", "e3.y"], RulesUnderTest.JsonResponsePlan(File("trusted: x", others: others)).Values("""{"0":"e3.x","a":"e3.a","b":"e3.y"}"""));
    }

    [Fact]
    public void TrySelect_TooManyTokens_IsRefused() =>
        Assert.Equal(RefusalCode.TooManyFields, Json.Refused("""["e3.a e3.b"]""", RuleLimits.Default with { FieldsMax = 1 }).Code);

    [Fact]
    public void TrySelect_MalformedBody_IsRefused() => Assert.Equal(RefusalCode.MalformedBody, Json.Refused("""["e3.a",]""").Code);

    [Fact]
    public void Select_BoundTokens_HaveTheContext()
    {
        using BodySelection selection = RulesUnderTest.JsonResponsePlan(File("bind: [\"path:1\"]"), "/orders").Select("""["x e3.a"]""");
        Assert.Equal([0, 0, 0, 6, .. "orders"u8], selection.Context(0).ToArray());
    }

    [Theory]
    [InlineData("decrypt: {tokens: true}", "", "a comment that anyone may write")]
    [InlineData("decrypt: {tokens: true}", "trusted: \"\"", "a comment that anyone may write")]
    [InlineData("decrypt: {tokens: true}", "bind: [\"json:$.a\"]", "'tokens: true' is for")]
    [InlineData("decrypt: {tokens: true, json: [$.a]}", "trusted: x", "remove the selectors")]
    [InlineData("decrypt: {tokens: false, json: [$.a]}", "trusted: x", "stands in decrypt and is true")]
    [InlineData("mask: {tokens: true}", "trusted: x", "stands in decrypt and is true")]
    [InlineData("decrypt: {tokens: true}", "trusted: x\n    strict: true", "tokens alone")]
    [InlineData("decrypt: {json: [$.a]}", "trusted: x", "says why 'tokens: true'")]
    public void Load_TokensThatWouldBeAnOracleOrMeanNothing_AreRefused(string operation, string more, string message)
    {
        RuleLoadResult result = RulesUnderTest.TryLoad(RulesUnderTest.File($"response:\n  - {operation}\n    role: card\n    {more}"));
        Assert.Contains(result.Problems, problem => problem.Message.Contains(message, StringComparison.Ordinal));
    }

    [Fact]
    public void Load_TokensOfTwoRoles_AreRefused() => Assert.Equal(
        RuleProblemCode.ConflictingOperations,
        Assert.Single(RulesUnderTest.TryLoad(File("trusted: x", others: "  - decrypt: {tokens: true}\n    role: other\n    trusted: x")).Problems).Code);

    [Fact]
    public void TryWrite_AnyText_ChangesTokensAlone()
    {
        Gen<string> part = Gen.Int[0, 7].Select(i => new[] { "e3.a", "x", "é\"", "😀\\", "e3.", "\n", " e3.bcd!", "<" }[i]);
        part.Array[0, 6].Select(parts => string.Concat(parts)).Sample(text =>
        {
            string expected = System.Text.RegularExpressions.Regex.Replace(text, "e3\\.[a-z]+", "T");
            string json = System.Text.Json.JsonSerializer.Serialize(new[] { text });
            Assert.Equal(expected, System.Text.Json.JsonSerializer.Deserialize<string[]>(Json.Rewrite(json, "T"))![0]);
            string form = "a=" + Uri.EscapeDataString(text);
            Assert.Equal(expected, Uri.UnescapeDataString(Form.Rewrite(form, "T")[2..]));
            using BodySelection selection = Json.Select(json);
            Assert.Equal(json, selection.Write(_ => default));
        });
    }

    [Fact]
    public void TrySelect_AnyBytes_NeverThrows() => Gen.Byte.Array[0, 60].Sample(bytes =>
    {
        foreach (BodyPlan plan in (BodyPlan[])[Json, Form])
        {
            bool selected = plan.TrySelect(bytes, RuleLimits.Default, FakeTokens.Grammar, out BodySelection selection, out Refusal? refusal);
            selection.Dispose();
            Assert.Equal(selected, refusal is null);
        }
    });

    /// <summary>A Host that is none could be any, so the rules of all hosts are applied.</summary>
    [Fact]
    public void TrySelect_DifferentTokenOperationsThatMeetWithoutAHost_IsRefused()
    {
        const string File = """
            app: shop
            rules:
              - {id: one, match: {path: /x, hosts: [a.example]}, response: [{decrypt: {tokens: true}, role: r, trusted: t}]}
              - {id: two, match: {path: /x, hosts: [b.example]}, response: [{decrypt: {tokens: true}, role: s, trusted: t}]}
              - {id: three, match: {path: /x, hosts: [c.example]}, response: [{decrypt: {tokens: true}, role: s, trusted: t}]}
            """;
        RuleSet rules = RulesUnderTest.Load(File);
        Assert.Equal("[\"T\"]", On("a.example").Rewrite("[\"e3.a\"]", "T"));
        Assert.Equal(["s"], On("b.example").Operations.Select(operation => operation.Role));
        Assert.Equal(RefusalCode.ConflictingOperations, On("").Refused("[\"e3.a\"]").Code);
        Assert.Equal(RefusalCode.ConflictingOperations, On("?").Refused("[\"x e3.a\"]").Code);
        Assert.Equal("[\"a\"]", On("").Rewrite("[\"a\"]", "T"));

        BodyPlan On(string host) => RulesUnderTest.Planned(rules.Plan("GET", host, RulesUnderTest.Target("/x")).ForResponse("application/json", true));
    }
}
