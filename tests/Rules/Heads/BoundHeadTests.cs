using System.Text;

namespace E3.Relay.Rules.Tests.Heads;

/// <summary>Fields of the query and of the header as bound values.</summary>
public sealed class BoundHeadTests
{
    private static readonly string Query = RulesUnderTest.Encrypt("json: [$.a]", "bind: [\"query:id\"]");
    private static readonly string Header = RulesUnderTest.Encrypt("json: [$.a]", "bind: [\"header:X-Tenant\"]");

    [Theory]
    [InlineData("?id=7", "7")]
    [InlineData("?a=1&ID=7&b", "7")]
    [InlineData("?i%64=a%20b+c", "a b c")]
    [InlineData("?id[]=%C3%A9", "é")]
    [InlineData("?id=7?8", "7?8")]
    public void Context_QueryField_IsItsDecodedValue(string query, string value) => Assert.Equal(value, Context(Query, query));

    [Theory]
    [InlineData("")]
    [InlineData("?a=1")]
    [InlineData("?id")]
    [InlineData("?id=")]
    [InlineData("?id=7&id=7")]
    [InlineData("?id=7&ID=8")]
    [InlineData("?id=7&id[]=8")]
    [InlineData("?a=1;id=7")]
    [InlineData("?id=7;8")]
    [InlineData("?id=7&a=1?id=8")]
    [InlineData("??id=7")]
    [InlineData("?id=%zz")]
    [InlineData("?id=%ff")]
    [InlineData("?id=7&_charset_=utf-7")]
    public void TrySelect_QueryFieldThatIsNotOneValue_IsRefused(string query) =>
        Assert.Equal(new Refusal(422, RefusalCode.BindMissing, "under-test"), Plan(Query, query).Refused("""{"a":1}"""));

    [Theory]
    [InlineData("ten", "X-Tenant: ten")]
    [InlineData("ten", "x-tenant:  ten ", "Y: 1")]
    [InlineData("ten", "X_Tenant: ten")]
    [InlineData("a, b", "X-Tenant: a, b")]
    public void Context_HeaderField_IsItsLine(string value, params string[] lines) => Assert.Equal(value, Context(Header, "", lines));

    [Theory]
    [InlineData("Y: 1")]
    [InlineData("X-Tenant:")]
    [InlineData("X-Tenant: a", "X-Tenant: a")]
    [InlineData("X-Tenant: a", "X_Tenant: b")]
    [InlineData("X-Tenant: \u00e9")]
    [InlineData("X-Tenant: a\u0001")]
    public void TrySelect_HeaderFieldThatIsNotOneValue_IsRefused(params string[] lines) =>
        Assert.Equal(new Refusal(422, RefusalCode.BindMissing, "under-test"), Plan(Header, "", lines).Refused("""{"a":1}"""));

    [Fact]
    public void TrySelect_WithoutTheHeaderLines_IsRefused()
    {
        RuleSet rules = RulesUnderTest.Load(Header);
        Assert.True(rules.BindsHeaders);
        Assert.False(RulesUnderTest.Load(Query).BindsHeaders);
        Assert.Equal(RefusalCode.BindMissing, RulesUnderTest.JsonPlan(Header).Refused("""{"a":1}""").Code);
    }

    [Fact]
    public void Context_OfNothingSelected_WantsNoValue() => Plan(Query, "").Select("""{"b":1}""").Dispose();

    [Fact]
    public void Context_OfAResponse_IsThatOfItsRequest()
    {
        string file = RulesUnderTest.File("response: [{decrypt: {json: [$.a], header: [X-Card]}, role: r, bind: ['query:id', 'header:X-Tenant']}]");
        RequestPlan plan = Request(file, "?id=7", "X-Tenant: ten");
        using BodySelection body = RulesUnderTest.Planned(plan.ForResponse("application/json", true)).Select("""{"a":"e3.token"}""");
        using HeadSelection head = plan.ResponseHead!.Select("X-Card: e3.token", "X-Tenant: other");
        Assert.Equal("\0\0\0\u00017\0\0\0\u0003ten", Encoding.UTF8.GetString(body.Context(0).Span));
        Assert.Equal(body.Context(0).ToArray(), head.Context(0).ToArray());
        Assert.Equal(502, RulesUnderTest.Planned(Request(file, "?id=7").ForResponse("application/json", true)).Refused("""{"a":"e3.token"}""").Status);
    }

    [Fact]
    public void Context_OfSeveralDocuments_HasTheSameHead()
    {
        string file = RulesUnderTest.Encrypt("json: [$.a]", "bind: [\"header:X-Tenant\", \"json:$.id\"]");
        using BodySelection selection = RulesUnderTest.Planned(Request(file, "", "X-Tenant: ten").ForRequest("application/x-ndjson", true)).Select("{\"a\":1,\"id\":1}\n{\"a\":2,\"id\":2}");
        Assert.Equal(
            ["\0\0\0\u0003ten\0\0\0\u00011", "\0\0\0\u0003ten\0\0\0\u00012"],
            selection.Fields.Select(field => Encoding.UTF8.GetString(selection.Context(field.Operation).Span)));
    }

    /// <summary>A server that reads query and form as one set of fields could take the form's for the bound one.</summary>
    [Fact]
    public void TrySelect_BoundQueryFieldInAForm_IsRefused()
    {
        string file = RulesUnderTest.Encrypt("form: [a, '*']", "bind: [\"query:id\"]");
        BodyPlan plan = RulesUnderTest.FormPlan(file, "/x?id=7");
        plan.Select("a=1&b=2").Dispose();
        Assert.Equal(new Refusal(400, RefusalCode.AmbiguousForm, "under-test"), plan.Refused("a=1&Id=8"));
    }

    [Theory]
    [InlineData("query:*")]
    [InlineData("query:")]
    [InlineData("query:_charset_")]
    [InlineData("query:i%64")]
    [InlineData("header:X-*")]
    [InlineData("header:")]
    [InlineData("header:a b")]
    [InlineData("header::path")]
    [InlineData("header:Host")]
    [InlineData("header:X_Forwarded_For")]
    [InlineData("header:Cookie")]
    [InlineData("header:X-HTTP-Method-Override")]
    public void Load_SourceThatIsNoOneField_IsRefused(string source) => Assert.Equal(
        RuleProblemCode.InvalidValue, Assert.Single(RulesUnderTest.TryLoad(RulesUnderTest.Encrypt("json: [$.a]", $"bind: [\"{source}\"]")).Problems).Code);

    [Fact]
    public void Load_HeaderBesideCacheKeep_IsRefused()
    {
        Assert.Equal(RuleProblemCode.InvalidValue, Assert.Single(RulesUnderTest.TryLoad(Cached("header:X-Tenant")).Problems).Code);
        RulesUnderTest.Load(Cached("query:id"));

        static string Cached(string source) => RulesUnderTest.File($"response: [{{decrypt: {{json: [$.a]}}, role: r, bind: ['{source}']}}]", more: "cache: keep");
    }

    [Theory]
    [InlineData("query:id", "decrypt: {query: [ID]}", true)]
    [InlineData("query:id", "encrypt: {query: ['i*']}, incoming: verify", true)]
    [InlineData("query:id", "encrypt: {query: [id]}", false)]
    [InlineData("query:id", "decrypt: {query: [other]}", false)]
    [InlineData("header:X-Tenant", "rewrap: {header: [X_Tenant]}", true)]
    [InlineData("header:X-Tenant", "encrypt: {header: [X-Tenant]}", false)]
    public void Load_ContextBoundToAFieldOfTokens_IsRefused(string source, string operation, bool refused)
    {
        string file = RulesUnderTest.File($"request: [{{{operation}, role: r}}, {{encrypt: {{json: [$.a]}}, role: r, bind: ['{source}']}}]", more: "otherTypes: pass");
        Assert.Equal(refused ? [RuleProblemCode.InvalidValue] : [], RulesUnderTest.TryLoad(file).Problems.Select(problem => problem.Code));
    }

    private static string Context(string file, string query, params string[] lines)
    {
        using BodySelection selection = Plan(file, query, lines).Select("""{"a":1}""");
        byte[] context = selection.Context(0).ToArray();
        Assert.Equal(context.Length - 4, context[3]);
        return Encoding.UTF8.GetString(context, 4, context.Length - 4);
    }

    private static BodyPlan Plan(string file, string query, params string[] lines) => RulesUnderTest.Planned(Request(file, query, lines).ForRequest("application/json", true));

    private static RequestPlan Request(string file, string query, params string[] lines) =>
        RulesUnderTest.Load(file).Plan("POST", "shop.example.com", RulesUnderTest.Target("/x" + query), null, HeadUnderTest.Lines(lines));
}
