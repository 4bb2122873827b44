using E3.Relay.Rules.Tests.Multipart;

namespace E3.Relay.Rules.Tests.Heads;

public sealed class QueryTests
{
    private static HeadPlan Plan(string query, string names = "pan, \"card[cvc]\"", string more = "") => HeadUnderTest.RequestPlan($"query: [{names}]", "/x" + query, more);

    [Theory]
    [InlineData("?pan=4242", "/x?pan=T")]
    [InlineData("?a=1&pan=4242&b=%7e&", "/x?a=1&pan=T&b=%7e&")]
    [InlineData("?&&pan=1&&x&=&=2", "/x?&&pan=T&&x&=&=2")]
    [InlineData("?pan", "/x?pan=T")]
    [InlineData("?pan=", "/x?pan=T")]
    [InlineData("?pan=a=b", "/x?pan=T")]
    [InlineData("?pan=1&PAN=2&pan=3", "/x?pan=T&PAN=T&pan=T")]
    [InlineData("?q=%zz&r=%ff&pan=1", "/x?q=%zz&r=%ff&pan=T")]
    [InlineData("?a=1?b=2&pan=1", "/x?a=1?b=2&pan=T")]
    [InlineData("?pan=1?2", "/x?pan=T")]
    [InlineData("?a=1;b=2&pan=1", "/x?a=1;b=2&pan=T")]
    public void Rewrite_CharactersAroundTheValue_StayAsTheyCame(string query, string written) => Assert.Equal(written, Plan(query).Rewrite("T"));

    [Theory]
    [InlineData("?Pan=1")]
    [InlineData("?p%61n=1")]
    [InlineData("?pan[]=1")]
    [InlineData("?pan%5b0%5D=1")]
    [InlineData("?+pan=1")]
    [InlineData("?%20pan=1")]
    [InlineData("?card.cvc=1")]
    [InlineData("?CARD%5bcvc]=1")]
    [InlineData("?card[cvc][x=1")]
    public void Select_NameAsServersReadIt_IsFound(string query) => Assert.Equal(["1"], Plan(query).Values());

    [Theory]
    [InlineData("?a%2Bb=1", "a+b")]
    [InlineData("?a+b=1", "a+b")]
    [InlineData("?a+b=1", "a b")]
    [InlineData("?a%20b=1", "a b")]
    [InlineData("?%C3%A9=1", "é")]
    public void Select_PlusInAName_IsReadBothWays(string query, string name) => Assert.Equal(["1"], Plan(query, $"\"{name}\"").Values());

    [Theory]
    [InlineData("")]
    [InlineData("?")]
    [InlineData("?pans=1&pa=2&xpan=3&card=4")]
    [InlineData("?q=pan")]
    public void Select_OtherName_IsNotFound(string query) => Assert.Equal("", Plan(query).Rewrite("T"));

    [Fact]
    public void Select_NamePrefix_FindsAllThatBeginSo()
    {
        Assert.Equal(["1", "2"], Plan("?card_a=1&CARD-b=9&card.b=2&x=3", "\"card_*\"").Values());
        Assert.Equal(["1", "2?b=3", ""], Plan("?a=1&url=2?b=3&x", "\"*\"").Values());
    }

    [Fact]
    public void Select_ExactNames_FindsThatNameAlone()
    {
        string file = RulesUnderTest.File("request: [{encrypt: {query: [pan]}, role: r}]", more: "names: exact");
        Assert.Equal(["2"], RulesUnderTest.PlanFor(file, "/x?Pan=1&pan=2&pan[]=3").RequestHead!.Values());
    }

    [Theory]
    [InlineData("?pan=a+b%26%c3%a9%2f%2B", "a b&é/+")]
    [InlineData("?pan=%00%0a", "\0\n")]
    public void Select_Value_IsDecoded(string query, string value) => Assert.Equal([value], Plan(query).Values());

    [Fact]
    public void Write_Value_IsEncodedForItsPlace()
    {
        using HeadSelection selection = Plan("?pan=1&y=1").Select();
        Assert.Equal("/x?pan=a%20b%26%3D%25%C3%A9%2B%3B%0A~%23%3F&y=1", selection.Write("a b&=%é+;\n~#?"));
    }

    [Theory]
    [InlineData("?a=1;pan=2")]
    [InlineData("?a=1;p%61n=2")]
    [InlineData("?;pan=2")]
    [InlineData("?pan=4;2")]
    [InlineData("?pan;x=1")]
    [InlineData("??pan=1")]
    [InlineData("?a=1?pan=2")]
    [InlineData("?next=/y?pan[]=2")]
    [InlineData("?a=1;pan%00x=2")]
    [InlineData("?a=1;p%61n[%zz]=2")]
    [InlineData("?pan%00x=1")]
    [InlineData("?pan%0a=1")]
    [InlineData("?pan%=1")]
    [InlineData("?%u0070an=1")]
    [InlineData("?pan=%zz")]
    [InlineData("?pan=%u0034")]
    [InlineData("?pan=1&_charset_=utf-16")]
    [InlineData("?%5fCharset_=iso-8859-1&pan=1")]
    [InlineData("?_charset_")]
    public void TrySelect_QueryThatServersReadDifferently_IsRefused(string query) =>
        Assert.Equal(new Refusal(400, RefusalCode.AmbiguousQuery, "under-test"), Plan(query).Refused());

    [Theory]
    [InlineData("?pan=%ff")]
    [InlineData("?%c0%afpan=1")]
    public void TrySelect_TextThatIsNoUtf8_IsRefused(string query) => Assert.Equal(new Refusal(400, RefusalCode.MalformedText, "under-test"), Plan(query).Refused());

    [Fact]
    public void TrySelect_CharsetFieldOfUtf8_PassesAndIsNotSelected() => Assert.Equal(["1"], Plan("?_charset_=UTF-8&pan=1", "\"*\"").Values());

    [Fact]
    public void TrySelect_RequiredName_MustBeThere()
    {
        Assert.Equal(new Refusal(422, RefusalCode.RequiredMissing, "under-test"), Plan("?a=1", "pan", "required: [pan]").Refused());
        Assert.Equal(["1"], Plan("?PAN=1", "pan", "required: [\"query:pan\"]").Values());
    }

    [Fact]
    public void TrySelect_WhatBodiesAreJudgedBy_HoldsOfQueriesToo()
    {
        Assert.Equal(RefusalCode.TokenNotAccepted, Plan("?pan=e3.abc").Refused().Code);
        Assert.Empty(Plan("?pan=", more: "encryptEmpty: false").Values());
        using HeadSelection kept = Plan("?pan=e3.abc", more: "incoming: verify").Select();
        Assert.True(Assert.Single(kept.Fields).IsToken);
        string masked = RulesUnderTest.File("request: [{encrypt: {query: [pan]}, role: r}]\nresponse: [{mask: {json: [$.a], last: 4}, role: r}]");
        Assert.Equal(new Refusal(422, RefusalCode.MaskedValue, "under-test"), RulesUnderTest.PlanFor(masked, "/x?pan=****4242").RequestHead!.Refused());
    }

    [Theory]
    [InlineData("?card_number=4242", true)]
    [InlineData("?a=1&CARD.number=4242", true)]
    [InlineData("?cvc=1", false)]
    [InlineData("?other=1", true)]
    public void ForRequest_FormFieldInTheQuery_PassesWhereAQuerySelectorDoesTheSame(string query, bool passes)
    {
        string file = RulesUnderTest.File("request: [{encrypt: {form: [card_number, cvc], query: [card_number]}, role: r}]");
        RequestPlan plan = RulesUnderTest.PlanFor(file, "/x" + query);
        Assert.Equal(passes ? null : new Refusal(400, RefusalCode.AmbiguousForm, "under-test"), plan.ForRequest(null, false).Refusal);
    }

    [Fact]
    public void ForRequest_FormFieldInTheQuery_IsCoveredByAnotherRuleToo()
    {
        string file = RulesUnderTest.File("request: [{encrypt: {form: [a]}, role: r}]", "path: /x")
            + "\n  - id: other\n    match: {path: /x}\n    request: [{encrypt: {query: [a]}, role: r}]";
        Assert.Null(RulesUnderTest.PlanFor(file, "/x?a=1").ForRequest(null, false).Refusal);
        Assert.Equal(["1"], RulesUnderTest.PlanFor(file, "/x?a=1").RequestHead!.Values());
    }

    [Theory]
    [InlineData("a=1&pan=4242")]
    [InlineData("PAN=4242")]
    [InlineData("p%61n=4242")]
    [InlineData("pan")]
    [InlineData("pan[]=1")]
    [InlineData("+pan=1")]
    [InlineData("card.cvc=1")]
    [InlineData("id_number=1")]
    public void TrySelect_QueryFieldInAForm_IsRefused(string body)
    {
        Refusal refused = new(400, RefusalCode.AmbiguousForm, "under-test");
        string other = RulesUnderTest.File("request: [{encrypt: {form: [other], query: [pan, 'card[cvc]', 'id_*']}, role: r}]");
        Assert.Equal(refused, RulesUnderTest.FormPlan(other).Refused(body));
        string passing = RulesUnderTest.File("request: [{encrypt: {query: [pan, 'card[cvc]', 'id_*']}, role: r}]", more: "otherTypes: pass");
        Assert.Equal(refused, RulesUnderTest.FormPlan(passing).Refused(body));
        string every = RulesUnderTest.File("request: [{encrypt: {form: ['*'], query: ['*']}, role: r}, {decrypt: {query: [pan, 'card[cvc]', 'id_*']}, role: r}]");
        Assert.Equal(RuleProblemCode.ConflictingOperations, Assert.Single(RulesUnderTest.TryLoad(every).Problems).Code);
    }

    [Theory]
    [InlineData("form")]
    [InlineData("multipart")]
    public void TrySelect_QueryFieldInABody_PassesWhereTheSameIsDoneToItThere(string kind)
    {
        foreach ((string operations, bool passes) in ((string, bool)[])[
            ($"{{encrypt: {{{kind}: [pan], query: [pan]}}, role: r}}", true),
            ($"{{encrypt: {{{kind}: ['*'], query: [pan]}}, role: r}}", true),
            ($"{{decrypt: {{{kind}: ['*']}}, role: r, strict: false}}, {{encrypt: {{query: [pan]}}, role: r}}", false),
            ($"{{encrypt: {{{kind}: ['*']}}, role: other}}, {{encrypt: {{query: [pan]}}, role: r}}", false),
            ($"{{encrypt: {{{kind}: [other], query: ['*']}}, role: r}}", true)])
        {
            string file = RulesUnderTest.File($"request: [{operations}]");
            (BodyPlan plan, string body) = kind == "form" ? (RulesUnderTest.FormPlan(file), "pan=1") : (MultipartPlan(file), MultipartBodies.Body((MultipartBodies.Field("pan"), "1")));
            bool selected = plan.TrySelect(System.Text.Encoding.UTF8.GetBytes(body), RuleLimits.Default, FakeTokens.Grammar, out BodySelection selection, out Refusal? refusal);
            selection.Dispose();
            Assert.Equal((passes, passes ? null : RefusalCode.AmbiguousForm), (selected, refusal?.Code));
        }
    }

    [Fact]
    public void TrySelect_QueryFieldInAMultipartBody_IsRefusedWhereOtherTypesPass()
    {
        string file = RulesUnderTest.File("request: [{encrypt: {query: [pan]}, role: r}]", more: "otherTypes: pass");
        Assert.Equal(new Refusal(400, RefusalCode.AmbiguousForm, "under-test"), MultipartPlan(file).Refused(MultipartBodies.Body((MultipartBodies.Field("Pan"), "1"))));
        MultipartPlan(file).Select(MultipartBodies.Body((MultipartBodies.Field("other"), "1"))).Dispose();
        Assert.Equal(RefusalCode.MalformedContentType, RulesUnderTest.PlanFor(file).ForRequest("multipart/mixed; boundary=b", true).Refusal?.Code);
        Assert.Null(RulesUnderTest.PlanFor(file).ForRequest("text/csv", true).Refusal);
    }

    private static BodyPlan MultipartPlan(string file) =>
        RulesUnderTest.Planned(RulesUnderTest.PlanFor(file).ForRequest($"multipart/form-data; boundary={MultipartBodies.Boundary}", true));
}
