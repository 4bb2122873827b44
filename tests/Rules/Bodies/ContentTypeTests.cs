namespace E3.Relay.Rules.Tests.Bodies;

public sealed class ContentTypeTests
{
    private static readonly string Both = RulesUnderTest.Encrypt("json: [$.a], form: [a]");

    [Theory]
    [InlineData("application/json")]
    [InlineData("Application/JSON")]
    [InlineData("application/json;charset=utf-8")]
    [InlineData("application/json ; charset=UTF-8")]
    [InlineData("application/json; charset=\"utf-8\"")]
    [InlineData("application/json; charset=utf8")]
    [InlineData("application/json; charset=UTF8")]
    [InlineData("application/x-www-form-urlencoded; charset=\"utf8\"")]
    [InlineData("application/problem+json")]
    [InlineData("text/json")]
    [InlineData("Text/JSON; charset=utf-8")]
    [InlineData("application/vnd.api+json")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/x-www-form-urlencoded; charset=UTF-8")]
    public void ForRequest_KnownType_IsEdited(string contentType) =>
        Assert.NotNull(RulesUnderTest.PlanFor(Both).ForRequest(contentType, true).Plan);

    [Theory]
    [InlineData(null, RefusalCode.MissingContentType)]
    [InlineData("", RefusalCode.MissingContentType)]
    [InlineData("text/plain", RefusalCode.UnsupportedContentType)]
    [InlineData("text/jsonx", RefusalCode.UnsupportedContentType)]
    [InlineData("application/xml", RefusalCode.UnsupportedContentType)]
    [InlineData("application/jsonx", RefusalCode.UnsupportedContentType)]
    [InlineData("multipart/form-data; boundary=a", RefusalCode.UnsupportedContentType)]
    [InlineData("application/octet-stream", RefusalCode.UnsupportedContentType)]
    [InlineData("application/json; charset=utf-16", RefusalCode.UnsupportedCharset)]
    [InlineData("application/json; charset=iso-8859-1", RefusalCode.UnsupportedCharset)]
    [InlineData("application/json; charset=utf-7", RefusalCode.UnsupportedCharset)]
    [InlineData("application/json; charset=utf-8x", RefusalCode.UnsupportedCharset)]
    [InlineData("application/json; charset=us-ascii", RefusalCode.UnsupportedCharset)]
    [InlineData("application/json; charset=utf-32", RefusalCode.UnsupportedCharset)]
    [InlineData("application/x-www-form-urlencoded; charset=windows-1252", RefusalCode.UnsupportedCharset)]
    [InlineData("application/json; charset=utf_8", RefusalCode.UnsupportedCharset)]
    [InlineData("application/x-www-form-urlencoded; charset=ibm037", RefusalCode.UnsupportedCharset)]
    [InlineData("application/json; charset=utf-8; charset=utf-16", RefusalCode.MalformedContentType)]
    [InlineData("application/json; charset=utf-8; charset=utf-8", RefusalCode.MalformedContentType)]
    [InlineData("application/json; boundary=a", RefusalCode.MalformedContentType)]
    [InlineData("application/json;", RefusalCode.MalformedContentType)]
    [InlineData("application/json; charset", RefusalCode.MalformedContentType)]
    [InlineData("application/json; charset=", RefusalCode.MalformedContentType)]
    [InlineData("application/json; charset =utf-8", RefusalCode.MalformedContentType)]
    [InlineData("application/json; charset=\"utf-8", RefusalCode.MalformedContentType)]
    [InlineData("application/json; charset='utf-8\"", RefusalCode.MalformedContentType)]
    [InlineData("application/json; charset=\"\\utf-8\"", RefusalCode.MalformedContentType)]
    [InlineData("application/json, text/plain", RefusalCode.MalformedContentType)]
    [InlineData("text/plain; a=b, application/json", RefusalCode.MalformedContentType)]
    [InlineData("application/json/x", RefusalCode.MalformedContentType)]
    [InlineData("application", RefusalCode.MalformedContentType)]
    [InlineData("/json", RefusalCode.MalformedContentType)]
    [InlineData("application/js\u212Aon", RefusalCode.MalformedContentType)]
    public void ForRequest_TypeThatCannotBeInspected_IsRefused(string? contentType, RefusalCode code)
    {
        Assert.Equal(new Refusal(415, code, "under-test"), RulesUnderTest.PlanFor(Both).ForRequest(contentType, true).Refusal);
        RequestPlan response = RulesUnderTest.PlanFor(RulesUnderTest.File("response: [{decrypt: {json: [$.a], form: [a]}, role: r}]"));
        Assert.Equal(new Refusal(502, code, "under-test"), response.ForResponse(contentType, true).Refusal);
    }

    [Theory]
    [InlineData("text/plain", true)]
    [InlineData(null, true)]
    [InlineData("application/x-www-form-urlencoded", true)]
    [InlineData("application/json5", true)]
    [InlineData("text/json5", true)]
    [InlineData("application/javascript", true)]
    [InlineData("application/x-javascript", true)]
    [InlineData("text/javascript", true)]
    [InlineData("application/csp-report", true)]
    [InlineData("application/json-patch", true)]
    [InlineData("application/yaml", true)]
    [InlineData("application/cbor", true)]
    [InlineData("application/msgpack", true)]
    [InlineData("application/octet-stream", true)]
    [InlineData("application/json; charset=utf-16", false)]
    [InlineData("application/json, text/plain", false)]
    public void ForRequest_OtherTypesPass_PassesTypesThatAreSurelyOthers(string? contentType, bool passes)
    {
        string file = RulesUnderTest.File("request: [{encrypt: {json: [$.a]}, role: r}]", more: "otherTypes: pass");
        BodyPlanResult result = RulesUnderTest.PlanFor(file).ForRequest(contentType, true);
        Assert.Null(result.Plan);
        Assert.Equal(passes, result.Refusal is null);
    }

    [Fact]
    public void ForRequest_OneOfTwoRulesCannotInspect_IsRefusedInItsName()
    {
        const string File = """
            app: shop
            rules:
              - {id: json-too, match: {path: /**}, request: [{encrypt: {json: [$.a], form: [a]}, role: r}]}
              - {id: form-only, match: {path: /**}, request: [{encrypt: {form: [b]}, role: r}]}
            """;
        Assert.Equal(new Refusal(415, RefusalCode.UnsupportedContentType, "form-only"), RulesUnderTest.PlanFor(File).ForRequest("application/json", true).Refusal);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("application/json", true)]
    [InlineData("application/x-www-form-urlencoded", false)]
    public void ForRequest_NoBodyWhereAFieldIsRequired_IsRefusedForItsType(string? contentType, bool refused)
    {
        RequestPlan plan = RulesUnderTest.PlanFor(RulesUnderTest.Encrypt("json: [$.a], form: [a]", "required: [$.a]"));
        Assert.Equal(refused ? new Refusal(422, RefusalCode.RequiredMissing, "under-test") : null, plan.ForRequest(contentType, false).Refusal);
    }

    [Fact]
    public void ForResponse_NoBody_IsUntouched()
    {
        string file = RulesUnderTest.File("response: [{decrypt: {json: [$.a]}, role: r, required: [$.a]}]");
        Assert.Equal(default, RulesUnderTest.PlanFor(file).ForResponse(null, false));
    }

    [Fact]
    public void ForResponse_TokensInBodiesBesideAHeader_LookIntoBodies()
    {
        RequestPlan plan = RulesUnderTest.PlanFor(RulesUnderTest.File("response:\n  - decrypt: {tokens: true, header: [X-A]}\n    role: card\n    trusted: all of it is ours"));
        Assert.Equal(RefusalCode.UnsupportedContentType, plan.ForResponse("text/html", true).Refusal?.Code);
        Assert.NotNull(plan.ForResponse("application/json", true).Plan);
    }

    [Theory]
    [InlineData("text/x-json")]
    [InlineData("application/X-JSON")]
    [InlineData("application/jsonrequest; charset=utf-8")]
    [InlineData("application/x-xml")]
    [InlineData("text/x-xml")]
    public void ForRequest_OtherNamesOfJsonAndXml_AreInspected(string contentType)
    {
        string file = RulesUnderTest.File("request: [{encrypt: {json: [$.a], xml: [/a]}, role: r}]", more: "otherTypes: pass");
        string body = contentType.Contains("xml", StringComparison.Ordinal) ? "<a>1</a>" : """{"a":1}""";
        Assert.Equal(["1"], RulesUnderTest.Planned(RulesUnderTest.PlanFor(file).ForRequest(contentType, true)).Values(body));
    }
}
