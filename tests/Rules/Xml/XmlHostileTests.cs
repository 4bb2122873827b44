using System.Text;

namespace E3.Relay.Rules.Tests.Xml;

/// <summary>What is written so that we and a server read it differently.</summary>
public sealed class XmlHostileTests
{
    private static readonly BodyPlan Number = Plan("//number");

    private static BodyPlan Plan(string selector) => RulesUnderTest.XmlPlan(RulesUnderTest.Encrypt($"xml: [\"{selector}\"]"));

    [Theory]
    [InlineData("<!DOCTYPE o><o/>")]
    [InlineData("<!DOCTYPE o [<!ENTITY n '4242'>]><o><number>&n;</number></o>")]
    [InlineData("<!DOCTYPE o [<!ENTITY n SYSTEM 'file:///etc/passwd'>]><o><number>&n;</number></o>")]
    [InlineData("<!DOCTYPE o SYSTEM 'http://localhost:1/x.dtd'><o/>")]
    [InlineData("<!DOCTYPE o [<!ENTITY % p SYSTEM 'http://localhost:1/x'> %p;]><o/>")]
    [InlineData("<!DOCTYPE o [<!ENTITY a 'xx'><!ENTITY b '&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;'>]><o>&c;</o>")]
    [InlineData("<?xml version='1.0'?><!-- c --><!DOCTYPE o [<!ATTLIST o number CDATA '4242'>]><o/>")]
    public void TrySelect_DocumentType_IsRefused(string body) => Assert.Equal(new Refusal(400, RefusalCode.DocumentType, "under-test"), Number.Refused(body));

    [Theory]
    [InlineData("<o>&number;</o>")]
    [InlineData("<o number='&n;'/>")]
    [InlineData("<o>&</o>")]
    [InlineData("<o>&#0;</o>")]
    [InlineData("<o>&#xD800;</o>")]
    [InlineData("<o>&#xFFFE;</o>")]
    [InlineData("<o>&#x110000;</o>")]
    [InlineData("<o>&#X41;</o>")]
    [InlineData("<o>&LT;</o>")]
    [InlineData("<&#111;/>")]
    [InlineData("<o><num&#98;er>1</num&#98;er></o>")]
    [InlineData("<o>]]></o>")]
    [InlineData("<o><![cdata[x]]></o>")]
    [InlineData("<o><!-- a -- b --></o>")]
    [InlineData("<o><!-- a ---></o>")]
    [InlineData("<o number='1' number='2'/>")]
    [InlineData("<o a:number='1' b:number='2' xmlns:a='u' xmlns:b='u'/>")]
    [InlineData("<o x='<'/>")]
    [InlineData("<o x=1/>")]
    [InlineData("<o x='1'y='2'/>")]
    [InlineData("<o x/>")]
    [InlineData("<a:o/>")]
    [InlineData("<o a:x='1'/>")]
    [InlineData("<o><b></o></b>")]
    [InlineData("<o></O>")]
    [InlineData("<a:o xmlns:a='u' xmlns:b='u'></b:o>")]
    [InlineData("<o xmlns:a=''/>")]
    [InlineData("<o xmlns:xml='urn:x'/>")]
    [InlineData("<o xmlns:x='http://www.w3.org/2000/xmlns/'/>")]
    [InlineData("<a:b:c xmlns:a='u'/>")]
    [InlineData("<o/><o/>")]
    [InlineData("<o/>x")]
    [InlineData("<o/><![CDATA[]]>")]
    [InlineData("x<o/>")]
    [InlineData("&#32;<o/>")]
    [InlineData("<o>")]
    [InlineData("<o")]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(" <?xml version='1.0'?><o/>")]
    [InlineData("<o/><?xml version='1.0'?>")]
    [InlineData("<?xml version='1.1'?><o/>")]
    [InlineData("<?xml version='2.0'?><o/>")]
    [InlineData("<?xml encoding='utf-8'?><o/>")]
    [InlineData("<?xml version='1.0' standalone='maybe'?><o/>")]
    [InlineData("<?XML version='1.0'?><o/>")]
    [InlineData("<o><?xml x?></o>")]
    [InlineData("<o>\u0001</o>")]
    [InlineData("<o>\uFFFF</o>")]
    [InlineData("< o/>")]
    [InlineData("<o / >")]
    [InlineData("</o>")]
    [InlineData("<1/>")]
    [InlineData("\uFEFF\uFEFF<o/>")]
    public void TrySelect_WhatIsNotWellFormed_IsRefused(string body) => Assert.Equal(new Refusal(400, RefusalCode.MalformedBody, "under-test"), Number.Refused(body));

    [Theory]
    [InlineData("utf-16")]
    [InlineData("UTF-16LE")]
    [InlineData("utf-7")]
    [InlineData("ISO-8859-1")]
    [InlineData("windows-1252")]
    [InlineData("ebcdic-cp-us")]
    [InlineData("ucs-4")]
    [InlineData("utf8")]
    [InlineData("us-ascii", "é")]
    public void TrySelect_DeclaredEncodingThatTheBytesAreNotIn_IsRefused(string encoding, string text = "")
    {
        Refusal refusal = Number.Refused($"<?xml version='1.0' encoding='{encoding}'?><o><number>{text}</number></o>");
        Assert.True(refusal is { Status: 415, Code: RefusalCode.UnsupportedCharset } or { Status: 400, Code: RefusalCode.MalformedBody }, refusal.ToString());
    }

    [Theory]
    [InlineData("utf-16", true)]
    [InlineData("utf-16", false)]
    [InlineData("utf-16BE", true)]
    [InlineData("utf-16BE", false)]
    [InlineData("utf-32", true)]
    [InlineData("utf-32", false)]
    public void TrySelect_OtherEncodingOfTheBody_IsRefused(string name, bool marked)
    {
        Encoding encoding = Encoding.GetEncoding(name);
        byte[] body = [.. marked ? encoding.Preamble.ToArray() : [], .. encoding.GetBytes("<o><number>4242</number></o>")];
        Assert.Equal(new Refusal(400, RefusalCode.MalformedText, "under-test"), Number.Refused(body));
    }

    [Fact]
    public void TrySelect_BytesThatAreNoUtf8_AreRefused()
    {
        foreach (byte[] bytes in (byte[][])[[0xFF], [0xC0, 0xBC], [0xE0, 0x80, 0xBC], [0xED, 0xA0, 0x80], [0xC3], [0]])
            Assert.Equal(RefusalCode.MalformedText, Number.Refused((byte[])[.. "<o>"u8, .. bytes, .. "</o>"u8]).Code);
    }

    [Fact]
    public void Select_ByteOrderMarkOfUtf8_Passes() => Assert.Equal("\uFEFF<o><number>T</number></o>", Number.Rewrite("\uFEFF<o><number>1</number></o>", "T"));

    /// <summary>Some readers take the first text, some all of it.</summary>
    [Theory]
    [InlineData("<number>42<!-- -->42</number>")]
    [InlineData("<number><!-- -->4242</number>")]
    [InlineData("<number>42<?p?>42</number>")]
    public void TrySelect_CommentOrInstructionInsideOfAValue_IsRefused(string element) =>
        Assert.Equal(new Refusal(400, RefusalCode.AmbiguousXml, "under-test"), Number.Refused($"<o>{element}</o>"));

    [Fact]
    public void Select_CommentsElsewhere_Stay() => Assert.Equal(
        "<o><!-- <number>0</number> --><number>T</number><?number 1?><x>1<!-- -->2</x></o>",
        Number.Rewrite("<o><!-- <number>0</number> --><number>1</number><?number 1?><x>1<!-- -->2</x></o>", "T"));

    [Theory]
    [InlineData("<o><number>1</number><number>2</number></o>", "1|2")]
    [InlineData("<o><number>1<number>2</number></number></o>", "1|2")]
    [InlineData("<number xmlns='a'><x:number xmlns:x='b'>1</x:number><number xmlns=''>2</number></number>", "1|2")]
    [InlineData("<a:o xmlns:a='u'><a:number xmlns:a='v'>1</a:number><a:number>2</a:number></a:o>", "1|2")]
    [InlineData("<o number='1'><NUMBER>2</NUMBER></o>", "1|2")]
    [InlineData("<o><![CDATA[<number>0</number>]]><number>1</number></o>", "1")]
    [InlineData("<o>&lt;number>0&lt;/number><number>1</number></o>", "1")]
    [InlineData("<o><x a='<number>'/></o>", null)]
    [InlineData("<o><x a='>'><number>1</number></x></o>", "1")]
    [InlineData("<o><x a='/>'/><number>1</number></o>", "1")]
    [InlineData("<o xml:space='preserve'><number> 1 </number></o>", " 1 ")]
    [InlineData("<o><number xml:space='default'> </number></o>", " ")]
    [InlineData("<o xmlns:xi='http://www.w3.org/2001/XInclude'><xi:include href='file:///etc/passwd'/><number>1</number></o>", "1")]
    [InlineData("<o xsi:schemaLocation='u http://localhost:1/x' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'><number>1</number></o>", "1")]
    [InlineData("<?xml-stylesheet href='http://localhost:1/x'?><number>1</number>", "1")]
    public void Select_WhatLooksOtherwise_IsReadAsXmlSays(string body, string? values)
    {
        if (values is null)
            Assert.Equal(RefusalCode.MalformedBody, Number.Refused(body).Code);
        else
            Assert.Equal(values, string.Join('|', Number.Values(body)));
    }

    [Fact]
    public void TrySelect_DeepNesting_IsRefused()
    {
        static string Nested(int depth) => string.Concat(Enumerable.Repeat("<a>", depth)) + string.Concat(Enumerable.Repeat("</a>", depth));
        foreach (BodyPlan plan in (BodyPlan[])[Number, Plan("//*[number]"), Plan("/")])
        {
            plan.Select(Nested(64)).Dispose();
            Assert.Equal(new Refusal(400, RefusalCode.TooDeep, "under-test"), plan.Refused(Nested(65)));
            Assert.Equal(RefusalCode.TooDeep, plan.Refused(string.Concat(Enumerable.Repeat("<a>", 100_000))).Code);
        }
    }

    /// <summary>Who follows the reference finds a value of the selected field where no selector looks for it.</summary>
    [Theory]
    [InlineData("<pay><number href='#x'/></pay><multiRef id='x'>4242</multiRef>")]
    [InlineData("<pay><number href=' &#35;x'></number></pay><multiRef id='x'>4242</multiRef>")]
    [InlineData("<pay href='#x'/><multiRef id='x'><number>4242</number></multiRef>")]
    [InlineData("<other><b href='#x'/></other><pay><number>1</number></pay>")]
    [InlineData("<pay><number xmlns:c='http://www.w3.org/2003/05/soap-encoding' c:ref='x'/></pay><n id='x'>4242</n>")]
    public void TrySelect_ReferenceInAnEnvelope_IsRefused(string content)
    {
        const string S = "http://schemas.xmlsoap.org/soap/envelope/";
        string body = $"<e:Envelope xmlns:e='{S}'><e:Body>{content}</e:Body></e:Envelope>";
        foreach (string selector in (string[])["/Envelope/Body/pay/number", "//pay/number", "/Envelope/Body/pay[1]/number", "/a"])
            Assert.Equal(new Refusal(400, RefusalCode.AmbiguousXml, "under-test"), Plan(selector).Refused(body));
        Plan("//pay/number").Select(body.Replace("e:Envelope", "e:Letter", StringComparison.Ordinal)).Dispose();
    }

    [Theory]
    [InlineData("<pay href='http://example.com/#x'><number>1</number></pay>")]
    [InlineData("<pay xmlns:x='urn:x' x:href='#x' ref='x' x:ref='x'><number>1</number></pay>")]
    [InlineData("<pay><number>1</number><note>href='#x'</note><!-- <a href='#x'/> --></pay>")]
    public void Select_InAnEnvelopeWithoutReferences_FindsTheValue(string content) =>
        Assert.Equal(["1"], Plan("/Envelope/Body/pay/number").Values($"<Envelope><Body>{content}</Body></Envelope>"));

    [Fact]
    public void TrySelect_EvaluatedExpression_IsHeldToTheSameRules()
    {
        BodyPlan plan = Plan("//number[1]");
        Assert.Equal(RefusalCode.DocumentType, plan.Refused("<!DOCTYPE o><o/>").Code);
        Assert.Equal(RefusalCode.MalformedBody, plan.Refused("<o><number>1</number>").Code);
        Assert.Equal(RefusalCode.MalformedBody, plan.Refused("<o><x:number>1</x:number></o>").Code);
        Assert.Equal(RefusalCode.MalformedBody, plan.Refused("<o x='&y;'/>").Code);
        Assert.Equal(RefusalCode.MalformedBody, plan.Refused("<!-- -->").Code);
        Assert.Equal(RefusalCode.AmbiguousXml, plan.Refused("<o><number>1<!-- --></number></o>").Code);
    }

    [Fact]
    public void TrySelect_EvaluatedExpressionOverVeryManyNodes_IsRefused()
    {
        static string Many(int count) => $"<o>{string.Concat(Enumerable.Repeat("<b/>x", count))}</o>";
        BodyPlan plan = Plan("//number[1]");
        plan.Select(Many(100_000)).Dispose();
        Assert.Equal(new Refusal(413, RefusalCode.SelectorTooCostly, "under-test"), plan.Refused(Many(140_000)));
    }

    [Fact]
    public void Select_EvaluatedExpressionOverVeryManyNames_TakesTimeInProportionToThem()
    {
        string body = $"<o>{string.Concat(Enumerable.Range(0, 60_000).Select(static i => $"<n{i}/>"))}<number>1</number></o>";
        Assert.Equal(["1"], Plan("//number[1]").Values(body));
    }

    /// <summary>What an expression looks at is held against the reader too, selected or not.</summary>
    [Theory]
    [InlineData("<o><number kind='a&#32;b'>1</number><number kind='c'>2</number></o>", "//number[@kind='a b']", "1")]
    [InlineData("<o><number>1<![CDATA[2]]>&#51;</number></o>", "//number[.='123']", "123")]
    [InlineData("<o><k>4<b>2</b><![CDATA[]]></k><number>1</number></o>", "//number[../k='42']", "1")]
    [InlineData("<o><!-- c --><number>1</number></o>", "//comment()[.=' c ']/../number", "1")]
    [InlineData("<o><?p  d ?><number>1</number></o>", "//processing-instruction('p')[.='d ']/following-sibling::number", "1")]
    [InlineData("<o><number>1</number><x/><number>2</number></o>", "//x/preceding-sibling::*[1]", "1")]
    [InlineData("<o><x a='1' number='2' b='3'/></o>", "//x/@*[2]", "2")]
    public void Select_ByEvaluatedExpression_SeesValuesAsXmlSays(string body, string selector, string values) => Assert.Equal(values, string.Join('|', Plan(selector).Values(body)));
}
