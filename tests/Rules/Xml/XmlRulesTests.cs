namespace E3.Relay.Rules.Tests.Xml;

public sealed class XmlRulesTests
{
    [Theory]
    [InlineData("order/card", "begins at the root")]
    [InlineData("count(//a)", "begins at the root")]
    [InlineData("(count(//a))", "selects no nodes")]
    [InlineData("/a[", "no XPath 1.0")]
    [InlineData("/a b", "no XPath 1.0")]
    [InlineData("//", "no XPath 1.0")]
    [InlineData("/o:a", "no XPath 1.0 with the namespaces that are declared here")]
    [InlineData("/a[$x]", "no XPath 1.0")]
    [InlineData("/a[f:g()]", "no XPath 1.0")]
    [InlineData("/@id", "the root itself has no attribute")]
    [InlineData("/text()", "the root itself has no attribute")]
    [InlineData("/a | /@id", "the root itself has no attribute")]
    [InlineData("//a/namespace::*", "a declaration of a namespace, a comment or a processing instruction is no value")]
    [InlineData("//a/namespace :: *", "a declaration of a namespace, a comment or a processing instruction is no value")]
    [InlineData("//a/comment( )", "a declaration of a namespace, a comment or a processing instruction is no value")]
    [InlineData("//a/processing-instruction('x')", "a declaration of a namespace, a comment or a processing instruction is no value")]
    public void Load_SelectorThatSelectsNothing_IsRefused(string selector, string reason)
    {
        RuleProblem problem = Assert.Single(RulesUnderTest.TryLoad(RulesUnderTest.Encrypt($"xml: [\"{selector}\"]")).Problems);
        Assert.Equal(RuleProblemCode.InvalidSelector, problem.Code);
        Assert.Contains($"XPath '{selector}', character 1: ", problem.Message, StringComparison.Ordinal);
        Assert.Contains(reason, problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("o: 'urn:o'", null)]
    [InlineData("o: ''", RuleProblemCode.InvalidValue)]
    [InlineData("o: [a]", RuleProblemCode.WrongType)]
    [InlineData("'o:p': 'urn:o'", RuleProblemCode.InvalidValue)]
    [InlineData("'1': 'urn:o'", RuleProblemCode.InvalidValue)]
    [InlineData("xml: 'urn:o'", RuleProblemCode.InvalidValue)]
    [InlineData("xmlns: 'urn:o'", RuleProblemCode.InvalidValue)]
    [InlineData("o: 'urn:o', o: 'urn:p'", RuleProblemCode.DuplicateKey)]
    public void Load_Namespaces_AreJudged(string namespaces, RuleProblemCode? code)
    {
        string file = RulesUnderTest.File("request: [{encrypt: {xml: [/a]}, role: r}]", more: $"namespaces: {{{namespaces}}}");
        Assert.Equal(code, RulesUnderTest.TryLoad(file).Problems.SingleOrDefault()?.Code);
        string whole = $"app: shop\nnamespaces: {{{namespaces}}}\nrules: []";
        Assert.Equal(code, RulesUnderTest.TryLoad(whole).Problems.SingleOrDefault()?.Code);
    }

    [Fact]
    public void Load_NamespacesOfTheRule_StandBeforeThoseOfTheFile()
    {
        const string File = """
            app: shop
            namespaces: {a: "urn:file-a", b: "urn:file-b"}
            rules:
              - id: under-test
                match: {path: /**}
                names: exact
                namespaces: {b: "urn:rule-b"}
                request: [{encrypt: {xml: ["//a:n", "//b:n"]}, role: r}]
            """;
        Assert.Equal(["1", "2"], RulesUnderTest.XmlPlan(File).Values("<o><n xmlns='urn:file-a'>1</n><n xmlns='urn:rule-b'>2</n><n xmlns='urn:file-b'>3</n></o>"));
    }

    [Theory]
    [InlineData("/a/b", "/a/b", true)]
    [InlineData("/a/b", "/a/B", true)]
    [InlineData("/a/b", "/a/c", false)]
    [InlineData("/a", "/a/b", true)]
    [InlineData("/a/b/c", "/a", true)]
    [InlineData("//b", "/a/b", true)]
    [InlineData("//b/text()", "/a/b", true)]
    [InlineData("/a/text()", "/a/b", false)]
    [InlineData("/a", "/a/@id", false)]
    [InlineData("/a/@id", "/a/@*", true)]
    [InlineData("/a/@id", "/a/id", true)]
    [InlineData("/a/@id", "/a/*", true)]
    [InlineData("/o:a", "/p:a", false)]
    [InlineData("/o:a", "/a", true)]
    [InlineData("/o:a", "/o:*", true)]
    [InlineData("/a/b | /x", "/y | /x/z", true)]
    [InlineData("/a[1]", "/a", false)]
    public void Load_DifferentOperationsOnOneValue_AreRefusedWhereThatFollowsFromTheSelectors(string first, string second, bool meet)
    {
        string file = RulesUnderTest.File($"request: [{{encrypt: {{xml: [\"{first}\"]}}, role: r}}, {{mask: {{xml: [\"{second}\"]}}, role: r}}]", more: "namespaces: {o: \"urn:o\", p: \"urn:p\"}");
        Assert.Equal(meet ? RuleProblemCode.ConflictingOperations : (RuleProblemCode?)null, RulesUnderTest.TryLoad(file).Problems.SingleOrDefault()?.Code);
    }

    [Theory]
    [InlineData("/a/B", "/a/b")]
    [InlineData("/a/@b", "/a/b")]
    [InlineData("/o:a", "/a")]
    public void Load_ExactNames_DoNotMeetOtherSpellings(string first, string second)
    {
        string file = RulesUnderTest.File($"request: [{{encrypt: {{xml: [\"{first}\"]}}, role: r}}, {{mask: {{xml: [\"{second}\"]}}, role: r}}]", more: "names: exact\nnamespaces: {o: \"urn:o\"}");
        Assert.Empty(RulesUnderTest.TryLoad(file).Problems);
    }

    [Theory]
    [InlineData("xml: [/a]", "json:$.id")]
    [InlineData("xml: [/a], json: [$.a]", "xml:/a/@id")]
    [InlineData("xml: [/a], form: [a]", "xml:/a/@id")]
    [InlineData("xml: [/a]", "xml://id")]
    [InlineData("xml: [/a]", "xml:/a/*")]
    [InlineData("xml: [/a]", "xml:/a[1]")]
    public void Load_BoundValueThatIsNotInTheBody_IsRefused(string selectors, string source) =>
        Assert.Equal(RuleProblemCode.InvalidValue, Assert.Single(RulesUnderTest.TryLoad(RulesUnderTest.Encrypt(selectors, $"bind: [\"{source}\"]")).Problems).Code);

    [Theory]
    [InlineData("application/xml")]
    [InlineData("text/xml; charset=utf-8")]
    [InlineData("Application/SOAP+XML; charset=\"UTF-8\"")]
    [InlineData("application/soap+xml;charset=utf-8;action=\"urn:orders;pay\"")]
    [InlineData("application/soap+xml; action=\"urn:pay\"; charset=utf-8")]
    [InlineData("application/soap+xml; action=pay")]
    [InlineData("image/svg+xml")]
    public void ForRequest_XmlType_IsEdited(string contentType) =>
        Assert.NotNull(RulesUnderTest.PlanFor(RulesUnderTest.Encrypt("xml: [/a]")).ForRequest(contentType, true).Plan);

    [Theory]
    [InlineData("text/xml; charset=iso-8859-1", RefusalCode.UnsupportedCharset)]
    [InlineData("application/xml; charset=utf-16", RefusalCode.UnsupportedCharset)]
    [InlineData("application/soap+xml; charset=utf-7; action=\"a\"", RefusalCode.UnsupportedCharset)]
    [InlineData("application/soap+xml; action=\"a\"; action=\"b\"", RefusalCode.MalformedContentType)]
    [InlineData("application/soap+xml; charset=utf-8; charset=utf-8", RefusalCode.MalformedContentType)]
    [InlineData("application/soap+xml; charset=utf-8; charset=utf-16", RefusalCode.MalformedContentType)]
    [InlineData("application/soap+xml; action=\"a, text/plain\"", RefusalCode.MalformedContentType)]
    [InlineData("application/soap+xml; action=\"a\\\"; charset=utf-16\"", RefusalCode.MalformedContentType)]
    [InlineData("application/soap+xml; action=\"a", RefusalCode.MalformedContentType)]
    [InlineData("application/soap+xml; start=\"a\"", RefusalCode.MalformedContentType)]
    [InlineData("text/xml;", RefusalCode.MalformedContentType)]
    [InlineData("text/xml; charset=", RefusalCode.MalformedContentType)]
    [InlineData("application/xml-dtd", RefusalCode.UnsupportedContentType)]
    [InlineData("application/json", RefusalCode.UnsupportedContentType)]
    public void ForRequest_TypeThatCannotBeInspected_IsRefused(string contentType, RefusalCode code) =>
        Assert.Equal(new Refusal(415, code, "under-test"), RulesUnderTest.PlanFor(RulesUnderTest.Encrypt("xml: [/a]")).ForRequest(contentType, true).Refusal);

    [Fact]
    public void ForRequest_NoBodyWhereAFieldIsRequired_IsRefused() => Assert.Equal(
        new Refusal(422, RefusalCode.RequiredMissing, "under-test"),
        RulesUnderTest.PlanFor(RulesUnderTest.Encrypt("xml: [/a]", "required: [/a]")).ForRequest("text/xml", false).Refusal);

    /// <summary>SOAP servers read XML out of it.</summary>
    [Theory]
    [InlineData("multipart/related; boundary=b; type=\"text/xml\"")]
    [InlineData("multipart/related; boundary=b; type=\"application/xop+xml\"; start-info=\"application/soap+xml\"")]
    [InlineData("multipart/mixed; boundary=b")]
    public void ForRequest_XmlInsideOfMultipart_IsRefusedWhereXmlIsSpokenOf(string contentType)
    {
        string file = RulesUnderTest.File("request: [{encrypt: {xml: [/a]}, role: r}]", more: "otherTypes: pass");
        Assert.Equal(new Refusal(415, RefusalCode.MalformedContentType, "under-test"), RulesUnderTest.PlanFor(file).ForRequest(contentType, true).Refusal);
        string json = RulesUnderTest.File("request: [{encrypt: {json: [$.a]}, role: r}]", more: "otherTypes: pass");
        Assert.Null(RulesUnderTest.PlanFor(json).ForRequest(contentType, true).Refusal);
    }

    /// <summary>Other spellings of the same documents, which servers read as they read XML.</summary>
    [Theory]
    [InlineData("application/fastinfoset")]
    [InlineData("Application/SOAP+FastInfoset; action=\"a\"")]
    [InlineData("application/soap+msbin1")]
    [InlineData("application/soap+msbinsession1")]
    [InlineData("application/soap+msbin1+gzip")]
    [InlineData("application/exi")]
    [InlineData("application/x-exi")]
    [InlineData("image/svg+exi")]
    [InlineData("application/vnd.wap.wbxml")]
    public void For_BinaryXml_IsRefusedWhereXmlIsSpokenOf(string contentType)
    {
        string file = RulesUnderTest.File("request: [{encrypt: {xml: [/a]}, role: r}]\nresponse: [{mask: {xml: [/a]}, role: r}]", more: "otherTypes: pass");
        RequestPlan plan = RulesUnderTest.PlanFor(file);
        Assert.Equal(new Refusal(415, RefusalCode.UnsupportedContentType, "under-test"), plan.ForRequest(contentType, true).Refusal);
        Assert.Equal(new Refusal(502, RefusalCode.UnsupportedContentType, "under-test"), plan.ForResponse(contentType, true).Refusal);
        Assert.Null(plan.ForRequest(contentType, false).Refusal);
        string json = RulesUnderTest.File("request: [{encrypt: {json: [$.a]}, role: r}]", more: "otherTypes: pass");
        Assert.Null(RulesUnderTest.PlanFor(json).ForRequest(contentType, true).Refusal);
    }

    [Theory]
    [InlineData("application/octet-stream")]
    [InlineData("application/complexi")]
    [InlineData("application/fastinfoset2")]
    [InlineData("text/plain")]
    [InlineData(null)]
    public void ForRequest_OtherTypes_PassWhereTheRuleSaysSo(string? contentType)
    {
        string file = RulesUnderTest.File("request: [{encrypt: {xml: [/a]}, role: r}]", more: "otherTypes: pass");
        Assert.Null(RulesUnderTest.PlanFor(file).ForRequest(contentType, true).Refusal);
    }
}
