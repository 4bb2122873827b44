namespace E3.Relay.Rules.Tests.Xml;

public sealed class XmlBodyTests
{
    private static BodyPlan Plan(string selectors, string more = "", string rule = "") => RulesUnderTest.XmlPlan(File(selectors, more, rule));

    private static string File(string selectors, string more = "", string rule = "") => RulesUnderTest.File($$"""
        request:
          - encrypt: {xml: [{{selectors}}]}
            role: card
            {{more}}
        """, more: rule);

    [Fact]
    public void Rewrite_BytesAroundTheValue_StayAsTheyCame() => Assert.Equal(
        "\uFEFF<?xml version='1.0'  encoding=\"UTF-8\" ?>\r\n<!-- c --><o  a = 'x&#65;' b=\"&quot;\">\r\n <e/><e></e><n >T</n ><?p q?><![CDATA[x]]>&amp; &#x41;\r</o>\n",
        Plan("/o/n").Rewrite("\uFEFF<?xml version='1.0'  encoding=\"UTF-8\" ?>\r\n<!-- c --><o  a = 'x&#65;' b=\"&quot;\">\r\n <e/><e></e><n >4242</n ><?p q?><![CDATA[x]]>&amp; &#x41;\r</o>\n", "T"));

    [Theory]
    [InlineData("/o/n", "<o><n>1</n><n>2</n><m>3</m></o>", "1|2")]
    [InlineData("//n", "<n><o><n>1</n></o></n>", "1")]
    [InlineData("//n", "<o><m><x>0</x><n>1</n></m><n>2</n></o>", "1|2")]
    [InlineData("/o//n", "<o><m><n>1</n></m><n>2</n></o>", "1|2")]
    [InlineData("/descendant::n", "<o><m><n>1</n></m></o>", "1")]
    [InlineData("/child::o/child::n", "<o><n>1</n></o>", "1")]
    [InlineData("/o/*", "<o><n>1</n><m>2</m></o>", "1|2")]
    [InlineData("/*/*/n", "<o><x><n>1</n></x><n>2</n></o>", "1")]
    [InlineData("/o/@id", "<o id='1' x='2'><p id='3'/></o>", "1")]
    [InlineData("/o/attribute::id", "<o id='1'/>", "1")]
    [InlineData("//@id", "<o id='1'><p id='2'/></o>", "1|2")]
    [InlineData("//p/@*", "<o id='1'><p id='2' x='3' xmlns='urn:z'/></o>", "2|3")]
    [InlineData("/o/n/text()", "<o><n>1</n>2<n>3<!-- -->4</n></o>", "1|3|4")]
    [InlineData("//text()", "<o> <n>1</n>2 <m> </m></o>", "1|2 | ")]
    [InlineData("/o/n | //m", "<o><n>1</n><x><m>2</m></x></o>", "1|2")]
    [InlineData("/", "<o>1<n>2</n></o>", "1|2")]
    [InlineData("/o", "<o>1<n a='x'>2<e/></n>3<!-- c -->4<?p?> </o>", "1|2||3|4")]
    public void Select_Path_SelectsItsNodes(string selector, string body, string values) => Assert.Equal(values, string.Join('|', Plan($"\"{selector}\"").Values(body)));

    [Theory]
    [InlineData("//card[@type='visa']/number", "<o><card type='visa'><number>1</number></card><card type='x'><number>2</number></card></o>", "1")]
    [InlineData("/o/n[2]", "<o><n>1</n><n>2</n></o>", "2")]
    [InlineData("(//n)[last()]", "<o><n>1</n><x><n>2</n></x></o>", "2")]
    [InlineData("//n[. = '2']/@id", "<o><n id='a'>1</n><n id='b'>2</n></o>", "b")]
    [InlineData("//n/following-sibling::m", "<o><m>0</m><n>1</n><m>2</m></o>", "2")]
    [InlineData("//m/preceding::n", "<o><n>0</n><x><n>1</n></x><m>2</m></o>", "0|1")]
    [InlineData("//x/ancestor::*/@id", "<o id='1'><p id='2'><x id='3'/></p></o>", "1|2")]
    [InlineData("//n/text()[2]", "<o><n>1<!-- -->2</n></o>", "2")]
    [InlineData("//n/text()[1]", "<o><n><![CDATA[]]>1<![CDATA[2]]>3<!-- -->4</n></o>", "123")]
    [InlineData("//node()[local-name() = 'n']", "<o><n>1</n><!-- n --></o>", "1")]
    [InlineData("//o:n[@o:id]", "<o xmlns:x='urn:orders'><x:n x:id=''>1</x:n><x:n id=''>2</x:n></o>", "1")]
    [InlineData("//*[contains(., '4')]/self::n", "<o><n>14</n><n>5</n></o>", "14")]
    [InlineData("/o[count(n) > 1]", "<o><n>1</n><n>2</n></o>", "1|2")]
    [InlineData("//@id[. = '2']/..", "<o><n id='1'>x</n><n id='2'>y</n></o>", "y")]
    public void Select_OtherXPath_IsEvaluatedOverTheDocument(string selector, string body, string values) =>
        Assert.Equal(values, string.Join('|', Plan($"\"{selector}\"", rule: "namespaces: {o: \"urn:orders\"}").Values(body)));

    [Theory]
    [InlineData("4242")]
    [InlineData("<![CDATA[4242]]>")]
    [InlineData("4<![CDATA[2]]>4<![CDATA[]]>2")]
    [InlineData("&#52;&#x32;42")]
    [InlineData("<![CDATA[42]]><![CDATA[42]]>")]
    public void Select_Content_IsOneValueHoweverItIsSpelled(string spelled)
    {
        Assert.Equal(["4242"], Plan("/o/n").Values($"<o><n>{spelled}</n></o>"));
        Assert.Equal("<o><n>T</n></o>", Plan("/o/n").Rewrite($"<o><n>{spelled}</n></o>", "T"));
        Assert.Equal("<o><n>T</n></o>", Plan("/o/n/text()").Rewrite($"<o><n>{spelled}</n></o>", "T"));
    }

    [Theory]
    [InlineData("a\r\nb\rc\td", "a\nb\nc\td")]
    [InlineData("&lt;&gt;&amp;&quot;&apos;", "<>&\"'")]
    [InlineData("&#13;&#x1D11E;é☺", "\r𝄞é☺")]
    [InlineData("<![CDATA[&lt;\r\n]]>", "&lt;\n")]
    [InlineData("  ", "  ")]
    public void Select_Text_IsDecoded(string source, string decoded) => Assert.Equal([decoded], Plan("/n").Values($"<n>{source}</n>"));

    [Theory]
    [InlineData("a\r\nb\rc\td\ne", "a b c d e")]
    [InlineData("&#10;&#9;&#13;&lt;", "\n\t\r<")]
    [InlineData("'é'", "'é'")]
    [InlineData("", "")]
    public void Select_Attribute_IsNormalized(string source, string decoded) => Assert.Equal([decoded], Plan("/n/@a").Values($"<n a=\"{source}\"/>"));

    [Theory]
    [InlineData("<n/>", "<n>T</n>")]
    [InlineData("<n></n>", "<n>T</n>")]
    [InlineData("<n\n a='/>'  />", "<n\n a='/>'  >T</n>")]
    [InlineData("<x:n xmlns:x='urn:x' a=\"1\"/>", "<x:n xmlns:x='urn:x' a=\"1\">T</x:n>")]
    public void Rewrite_EmptyElement_GetsAValue(string element, string written) => Assert.Equal($"<o>{written}</o>", Plan("/o/n").Rewrite($"<o>{element}</o>", "T"));

    [Theory]
    [InlineData("", 4)]
    [InlineData("encryptEmpty: false", 0)]
    public void Select_EmptyValue_IsEncryptedUnlessTheRuleSaysNot(string more, int fields) =>
        Assert.Equal(fields, Plan("/o/n, /o/@a", more).Values("<o a=''><n/><n></n><n><![CDATA[]]></n></o>").Length);

    [Theory]
    [InlineData("<n i:nil='true'/>", 0)]
    [InlineData("<n i:nil=' 1 '></n>", 0)]
    [InlineData("<n i:nil='false'/>", 1)]
    [InlineData("<n nil='true'/>", 1)]
    [InlineData("<n i:nil='true'>4242</n>", 1)]
    public void Select_Nil_IsNullWhereItIsEmpty(string element, int fields) =>
        Assert.Equal(fields, Plan("/o/n", "required: [/o/n]").Values($"<o xmlns:i='http://www.w3.org/2001/XMLSchema-instance'>{element}</o>").Length);

    [Theory]
    [InlineData("<>&\"'", "&lt;&gt;&amp;&#34;&#39;", "&lt;&gt;&amp;&#34;&#39;")]
    [InlineData("a\r\n\tb", "a&#13;\n\tb", "a&#13;&#10;&#9;b")]
    [InlineData("]]>é𝄞\u0085\u2028\uFFFD", "]]&gt;é𝄞\u0085\u2028\uFFFD", "]]&gt;é𝄞\u0085\u2028\uFFFD")]
    [InlineData("", "", "")]
    public void Write_String_IsEscapedForItsPlace(string value, string content, string attribute) =>
        Assert.Equal($"<o a='{attribute}'><n>{content}</n></o>", Plan("/o/n, /o/@a").Rewrite("<o a='1'><n>1</n></o>", value));

    [Fact]
    public void Write_DocumentThatSaysItIsAscii_GetsReferences() => Assert.Equal(
        "<?xml version='1.0' encoding='US-ASCII'?><o a='&#233;&#119070;'><n>&#233;&#119070;</n></o>",
        Plan("/o/n, /o/@a").Rewrite("<?xml version='1.0' encoding='US-ASCII'?><o a='1'><n>1</n></o>", "é𝄞"));

    [Theory]
    [InlineData("\0")]
    [InlineData("\u0001")]
    [InlineData("a\u001F")]
    [InlineData("\uFFFE")]
    [InlineData("ab\uFFFFc")]
    public void Write_CharacterThatXmlCannotHold_IsRefused(string value)
    {
        using BodySelection selection = Plan("/n").Select("<n>1</n>");
        Assert.Equal(new Refusal(422, RefusalCode.CannotDecrypt, "under-test"), selection.RefusedToWrite(_ => RulesUnderTest.Replacement(value)));
    }

    [Theory]
    [InlineData(FieldType.Number, "1.10", "1.10")]
    [InlineData(FieldType.Boolean, "true", "true")]
    [InlineData(FieldType.Object, "{\"a\":\"<\"}", "{&#34;a&#34;:&#34;&lt;&#34;}")]
    public void Write_OtherTypes_AreWrittenAsTheirText(FieldType type, string value, string written) => Assert.Equal($"<n>{written}</n>", Plan("/n").Rewrite("<n>1</n>", value, type));

    [Theory]
    [InlineData(FieldType.Number, "1</n><admin/><n>")]
    [InlineData(FieldType.Boolean, "True")]
    [InlineData(FieldType.Bytes, "x")]
    public void Write_ValueThatIsNotItsType_IsRefused(FieldType type, string value)
    {
        using BodySelection selection = Plan("/n").Select("<n>1</n>");
        Assert.Equal(RefusalCode.CannotDecrypt, selection.RefusedToWrite(_ => RulesUnderTest.Replacement(value, type)).Code);
    }

    [Theory]
    [InlineData("<Card><NUMBER>1</NUMBER></Card>", "1")]
    [InlineData("<x:card xmlns:x='urn:elsewhere'><x:number>1</x:number></x:card>", "1")]
    [InlineData("<card xmlns='urn:elsewhere'><number xmlns=''>1</number></card>", "1")]
    [InlineData("<card number='1'><number>2</number></card>", "1|2")]
    [InlineData("<card NUMBER='1'/>", "1")]
    [InlineData("<card><o:number xmlns:o='urn:orders'>1</o:number></card>", "")]
    public void Select_NameAsServersReadIt_IsFound(string body, string values) =>
        Assert.Equal(values, string.Join('|', Plan("/card/number", rule: "namespaces: {o: \"urn:orders\"}").Values(body)));

    [Theory]
    [InlineData("/o:card/o:number", "<x:card xmlns:x='urn:orders'><x:number>1</x:number><number>2</number></x:card>", "1|2")]
    [InlineData("/o:card/o:*", "<card xmlns='urn:orders'><number>1</number><p:x xmlns:p='urn:people'>2</p:x></card>", "1")]
    [InlineData("//@o:id", "<card id='1' o:id='2' p:id='3' xmlns:o='urn:orders' xmlns:p='urn:people'/>", "1|2")]
    [InlineData("//id", "<card xsi:id='1' xml:id='2' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'/>", "")]
    [InlineData("//@xml:id", "<card xml:id='2'/>", "2")]
    [InlineData("//id", "<xsi:id xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'>1</xsi:id>", "1")]
    [InlineData("/card/id", "<card><xml:id>1</xml:id></card>", "1")]
    public void Select_Namespaces_AreToldApartWhereTheRuleDeclaresThem(string selector, string body, string values) =>
        Assert.Equal(values, string.Join('|', Plan($"\"{selector}\"", rule: "namespaces: {o: \"urn:orders\", p: \"urn:people\"}").Values(body)));

    [Theory]
    [InlineData("/card/number", "<card number='0'><number>1</number><Number>2</Number><number xmlns='urn:x'>3</number></card>", "1")]
    [InlineData("/card/@number", "<card number='0' Number='4'><number>1</number></card>", "0")]
    [InlineData("//o:number", "<card xmlns:x='urn:orders'><x:number>1</x:number><number>2</number></card>", "1")]
    [InlineData("//*", "<a><b>1</b></a>", "1")]
    public void Select_ExactNames_SelectsWhatXPathSays(string selector, string body, string values) =>
        Assert.Equal(values, string.Join('|', Plan($"\"{selector}\"", rule: "names: exact\nnamespaces: {o: \"urn:orders\"}").Values(body)));

    [Fact]
    public void Select_SoapEnvelope_IsEdited()
    {
        const string Body = """
            <?xml version="1.0" encoding="utf-8"?>
            <soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Header/><soap:Body>
            <Pay xmlns="urn:orders"><Card>{0}</Card></Pay></soap:Body></soap:Envelope>
            """;
        const string Rule = "namespaces: {s: \"http://schemas.xmlsoap.org/soap/envelope/\", o: \"urn:orders\"}";
        Assert.Equal(Body.Replace("{0}", "T", StringComparison.Ordinal), Plan("/s:Envelope/s:Body/o:Pay/o:Card", rule: Rule).Rewrite(Body.Replace("{0}", "4242", StringComparison.Ordinal), "T"));
    }

    [Fact]
    public void TrySelect_RequiredSelectorThatSelectsNothing_IsRefused() =>
        Assert.Equal(new Refusal(422, RefusalCode.RequiredMissing, "under-test"), Plan("/o/n, /o/m", "required: [/o/m]").Refused("<o><n>1</n></o>"));

    [Theory]
    [InlineData("<o id='7'><n>1</n></o>", true)]
    [InlineData("<o><id>7</id><n>1</n></o>", true)]
    [InlineData("<o><n>1</n></o>", false)]
    [InlineData("<o id='7' Id='8'><n>1</n></o>", false)]
    [InlineData("<o id='7'><id>8</id><n>1</n></o>", false)]
    [InlineData("<o><id><x>7</x></id><n>1</n></o>", false)]
    public void Select_BoundValue_IsTheOnlyOneOfItsName(string body, bool bound)
    {
        BodyPlan plan = Plan("/o/n", "bind: [\"xml:/o/@id\"]");
        if (!bound)
        {
            Assert.Equal(new Refusal(422, RefusalCode.BindMissing, "under-test"), plan.Refused(body));
            return;
        }

        using BodySelection selection = plan.Select(body);
        Assert.Equal([0, 0, 0, 1, (byte)'7'], selection.Context(0).ToArray());
    }

    [Fact]
    public void TrySelect_DifferentOperationsOnOneValue_AreRefused()
    {
        string file = RulesUnderTest.File("request: [{encrypt: {xml: [//a]}, role: r}, {mask: {xml: [//b]}, role: r}]");
        Assert.Equal(["1", "2"], RulesUnderTest.XmlPlan(file).Values("<o><a>1</a><b>2</b></o>"));
        Assert.Equal(RefusalCode.ConflictingOperations, RulesUnderTest.XmlPlan(file).Refused("<o><a><b>2</b></a></o>").Code);
        Assert.Equal(["1", "2", ""], RulesUnderTest.XmlPlan(file).Values("<o><a>1<c b='2'/></a></o>"));
    }

    [Fact]
    public void TrySelect_Limits_AreKept()
    {
        RuleLimits limits = RuleLimits.Default with { FieldsMax = 2, BodyBytesMax = 40, DepthMax = 3 };
        Plan("//n").Select("<o><n>1</n><n>2</n></o>", limits).Dispose();
        Assert.Equal(new Refusal(413, RefusalCode.TooManyFields, "under-test"), Plan("//n").Refused("<o><n>1</n><n>2</n><n/></o>", limits));
        Assert.Equal(new Refusal(413, RefusalCode.BodyTooLarge, "under-test"), Plan("//n").Refused(new string(' ', 41), limits));
        Plan("//n").Select("<a><b><c/></b></a>", limits).Dispose();
        Assert.Equal(new Refusal(400, RefusalCode.TooDeep, "under-test"), Plan("//n").Refused("<a><b><c><d/></c></b></a>", limits));
    }

    [Fact]
    public void TrySelect_ManyAttributesOrNamespaces_AreRefused()
    {
        static string Many(string text, int count) => string.Concat(Enumerable.Range(0, count).Select(i => string.Format(System.Globalization.CultureInfo.InvariantCulture, text, i)));
        Plan("//n").Select($"<o{Many(" a{0}=''", 256)}/>").Dispose();
        Assert.Equal(new Refusal(413, RefusalCode.TooManyAttributes, "under-test"), Plan("//n").Refused($"<o{Many(" a{0}=''", 257)}/>"));
        Plan("//n").Select($"<o{Many(" xmlns:a{0}='u'", 200)}/>").Dispose();
        Assert.Equal(RefusalCode.TooManyAttributes, Plan("//n").Refused($"<o{Many(" xmlns:a{0}='u'", 200)}><o{Many(" xmlns:b{0}='u'", 100)}/></o>").Code);
        Plan("//n").Select($"<o><o{Many(" xmlns:a{0}='u'", 200)}/><o{Many(" xmlns:b{0}='u'", 200)}/></o>").Dispose();
    }

    [Fact]
    public void TrySelect_ExpressionThatTakesTheSquareOfTheDocument_IsRefused()
    {
        string body = $"<o>{string.Concat(Enumerable.Repeat("<n/>", 20_000))}</o>";
        Assert.Equal(new Refusal(413, RefusalCode.SelectorTooCostly, "under-test"), Plan("\"//n[count(//n) > 1]\"").Refused(body));
        Assert.Equal(20_000, Plan("\"//n[not(@x)]\"", rule: "").Select(body, RuleLimits.Default with { FieldsMax = 20_000 }).Fields.Count);
    }

    [Fact]
    public void TrySelect_ManyAtOnce_DoNotDisturbEachOther()
    {
        BodyPlan path = Plan("//n"), expression = Plan("\"//n[@a]\"");
        Parallel.For(0, 500, i =>
        {
            Assert.Equal([$"{i}A", "x"], path.Values($"<o><n a=''>{i}&#65;</n><n>x</n></o>"));
            Assert.Equal([$"{i}A"], expression.Values($"<o><n a=''>{i}&#65;</n><n>x</n></o>"));
        });
    }
}
