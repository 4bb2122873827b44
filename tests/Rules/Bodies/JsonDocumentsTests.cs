using System.Text;

namespace E3.Relay.Rules.Tests.Bodies;

public sealed class JsonDocumentsTests
{
    private const string Lines = "application/x-ndjson", Sequence = "application/json-seq";

    private static BodyPlan Plan(string contentType, string selectors, string more = "") =>
        RulesUnderTest.Planned(RulesUnderTest.PlanFor(RulesUnderTest.Encrypt($"json: [{selectors}]", more)).ForRequest(contentType, true));

    [Theory]
    [InlineData("application/x-ndjson")]
    [InlineData("application/ndjson")]
    [InlineData("application/jsonl")]
    [InlineData("Application/X-JSONLines; charset=utf-8")]
    public void Rewrite_Lines_SelectsInEachDocument(string contentType) => Assert.Equal(
        "{\"a\":\"T\"}\n\r\n \t\n[{\"a\":\"2\"}] \r\n{\"a\" : \"T\"}",
        Plan(contentType, "$.a").Rewrite("{\"a\":\"1\"}\n\r\n \t\n[{\"a\":\"2\"}] \r\n{\"a\" : \"3\"}", "T"));

    [Theory]
    [InlineData("application/json-seq")]
    [InlineData("application/geo+json-seq")]
    public void Rewrite_Sequence_SelectsInEachDocument(string contentType) => Assert.Equal(
        "\u001E{\"a\":\n\"T\"}\n\u001E\u001E1\n\u001E{\"a\":\"T\"}",
        Plan(contentType, "$.a").Rewrite("\u001E{\"a\":\n\"1\"}\n\u001E\u001E1\n\u001E{\"a\":\"2\"}", "T"));

    [Theory]
    [InlineData(Lines, "")]
    [InlineData(Lines, "\n\n")]
    [InlineData(Sequence, "")]
    public void Select_NoDocument_SelectsNothing(string contentType, string body)
    {
        Assert.Empty(Plan(contentType, "$.a").Values(body));
        Assert.Equal(RefusalCode.RequiredMissing, Plan(contentType, "$.a", "required: [$.a]").Refused(body).Code);
    }

    [Theory]
    [InlineData(Lines, "{\"a\":\n1}")]
    [InlineData(Lines, "{\"a\":1} {\"a\":2}\n")]
    [InlineData(Lines, "{\"a\":1},\n{\"a\":2}\n")]
    [InlineData(Lines, "{\"a\":1}\r{\"a\":2}\n")]
    [InlineData(Lines, "{\"a\":1}\n{\"a\":")]
    [InlineData(Lines, "{\"a\":1}\n\u001E{\"a\":1}\n")]
    [InlineData(Lines, "{\"a\":1}\n\0\n")]
    [InlineData(Sequence, "{\"a\":1}\n")]
    [InlineData(Sequence, "\n\u001E{\"a\":1}\n")]
    [InlineData(Sequence, "\u001E")]
    [InlineData(Sequence, "\u001E{\"a\":1}\n\u001E")]
    [InlineData(Sequence, "\u001E\n\u001E{\"a\":1}\n")]
    [InlineData(Sequence, "\u001E{\"a\":1}\n{\"a\":2}\n")]
    [InlineData(Sequence, "\u001E{\"a\":1}\n\u001E{\"a\":")]
    [InlineData(Sequence, "\u001E{\"a\":1}\n\u001E12")]
    [InlineData(Sequence, "\u001Etrue\u001E{\"a\":1}\n")]
    [InlineData(Sequence, "\u001E\"x\u001E\"\n")]
    public void TrySelect_DocumentsThatReadersTakeApartDifferently_AreRefused(string contentType, string body) =>
        Assert.Equal(new Refusal(400, RefusalCode.MalformedBody, "under-test"), Plan(contentType, "$.a").Refused(body));

    [Theory]
    [InlineData(Lines, "\uFEFF{\"a\":1}\n")]
    [InlineData(Sequence, "\uFEFF\u001E{\"a\":1}\n")]
    public void TrySelect_ByteOrderMark_IsRefused(string contentType, string body) => Assert.Equal(RefusalCode.MalformedText, Plan(contentType, "$.a").Refused(body).Code);

    [Theory]
    [InlineData(Lines, "{\"a\":1}\n\n{\"b\":1}\n")]
    [InlineData(Sequence, "\u001E{\"b\":1}\n\u001E{\"a\":1}\n")]
    public void TrySelect_DocumentWithoutWhatIsRequired_IsRefused(string contentType, string body) =>
        Assert.Equal(new Refusal(422, RefusalCode.RequiredMissing, "under-test"), Plan(contentType, "$.a", "required: [$.a]").Refused(body));

    [Fact]
    public void TrySelect_MemberInTwoDocuments_IsNotRepeated() => Assert.Equal(["1", "2"], Plan(Lines, "$.a, '$.*'").Values("{\"a\":1}\n{\"a\":2}\n"));

    [Fact]
    public void TrySelect_Limits_AreThoseOfTheBody()
    {
        RuleLimits limits = RuleLimits.Default with { FieldsMax = 2 };
        Assert.Equal(RefusalCode.TooManyFields, Plan(Lines, "$.a").Refused("{\"a\":1}\n{\"a\":2}\n{\"a\":3}", limits).Code);
        limits = RuleLimits.Default with { LookAheadStepsMax = 5 };
        Assert.Equal(RefusalCode.SelectorTooCostly, Plan(Lines, "'$[-1,-9]'").Refused("[1]\n[1]\n[1]", limits).Code);
    }

    [Fact]
    public void Context_EachDocument_HasItsOwn()
    {
        BodyPlan plan = Plan(Lines, "$.a, $.b", "bind: ['json:$.id', 'path:1']");
        using BodySelection selection = plan.Select("{\"id\":\"x\",\"a\":1,\"b\":2}\n{}\n{\"b\":3,\"id\":\"yz\"}");
        string[] contexts = [.. selection.Fields.Select(field => Encoding.UTF8.GetString(selection.Context(field.Operation).Span))];
        Assert.Equal(["\0\0\0\u0001x\0\0\0\u0001x", "\0\0\0\u0001x\0\0\0\u0001x", "\0\0\0\u0002yz\0\0\0\u0001x"], contexts);
        Assert.All(selection.Fields, field => Assert.Same(plan.Operations[0], selection.Operations[field.Operation]));
    }

    [Fact]
    public void TrySelect_DocumentWithoutItsBoundValue_IsRefused() =>
        Assert.Equal(RefusalCode.BindMissing, Plan(Lines, "$.a", "bind: ['json:$.id']").Refused("{\"id\":\"x\",\"a\":1}\n{\"a\":1}").Code);

    [Fact]
    public void ForRequest_DocumentsForARuleWithoutJson_AreOfAnotherType() => Assert.Equal(
        RefusalCode.UnsupportedContentType,
        RulesUnderTest.PlanFor(RulesUnderTest.Encrypt("form: [a]")).ForRequest(Lines, true).Refusal?.Code);
}
