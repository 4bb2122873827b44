using System.Buffers;
using System.Text;

namespace E3.Relay.Rules.Tests.Bodies;

public sealed class JsonBodyTests
{
    private static BodyPlan Plan(string selectors, string more = "") => RulesUnderTest.JsonPlan(RulesUnderTest.Encrypt($"json: [{selectors}]", more));

    [Fact]
    public void Rewrite_BytesAroundTheValue_StayAsTheyCame() => Assert.Equal(
        " {\r\n\t\"b\" : 1.10 ,\"card\":{ \"number\" :\"T\" , \"x\":\"\\u0041\\/\"},\"n\":1e400 }\n ",
        Plan("$.card.number").Rewrite(" {\r\n\t\"b\" : 1.10 ,\"card\":{ \"number\" :\"4242\" , \"x\":\"\\u0041\\/\"},\"n\":1e400 }\n ", "T"));

    [Theory]
    [InlineData("1.10")]
    [InlineData("1e400")]
    [InlineData("-0")]
    [InlineData("12345678901234567890")]
    [InlineData("true")]
    [InlineData("false")]
    public void Select_NumberOrBoolean_IsItsSourceText(string text) => Assert.Equal([text], Plan("$.a").Values($$"""{"a": {{text}} }"""));

    [Theory]
    [InlineData("""plain""", "plain")]
    [InlineData("""a\"\\\/\b\f\n\r\tz""", "a\"\\/\b\f\n\r\tz")]
    [InlineData("""caf\u00e9 \u263A \ud834\udd1e""", "café ☺ 𝄞")]
    [InlineData("", "")]
    public void Select_String_IsDecoded(string source, string decoded) => Assert.Equal([decoded], Plan("$.a").Values($$"""{"a":"{{source}}"}"""));

    [Theory]
    [InlineData("""{"a":"\ud834"}""")]
    [InlineData("""{"a":"\udd1e"}""")]
    [InlineData("""{"a":"\ud834\ud834"}""")]
    [InlineData("""{"a":"\ud834x"}""")]
    [InlineData("""{"\ud834":1}""")]
    [InlineData("""{"a\u0000x":"1"}""")]
    public void TrySelect_LoneSurrogateOrNulInAName_IsRefused(string body) =>
        Assert.Equal(new Refusal(400, RefusalCode.MalformedText, "under-test"), Plan("$.a").Refused(body));

    [Fact]
    public void TrySelect_LoneSurrogateElsewhere_Stays()
    {
        const string Body = """{"b":"\ud834","a":"1"}""";
        Assert.Equal("""{"b":"\ud834","a":"T"}""", Plan("$.a").Rewrite(Body, "T"));
    }

    [Fact]
    public void Select_Container_SelectsItsLeavesAndKeepsItsShape() => Assert.Equal(
        """{"card":{"a":"T","b":["T",null,{"c":"T"},[],{}]},"x":1}""",
        Plan("$.card").Rewrite("""{"card":{"a":"1","b":[2,null,{"c":true},[],{}]},"x":1}""", "T"));

    [Theory]
    [InlineData("\"a\"", "\"T\"")]
    [InlineData("[1,{\"a\":2}]", "[\"T\",{\"a\":\"T\"}]")]
    public void Select_Root_SelectsEverything(string body, string written) => Assert.Equal(written, Plan("$").Rewrite(body, "T"));

    [Fact]
    public void Select_Null_StaysNullAndCountsAsPresent() => Assert.Empty(Plan("$.a", "required: [$.a]").Values("""{"a":null}"""));

    [Theory]
    [InlineData("", 1)]
    [InlineData("encryptEmpty: false", 0)]
    public void Select_EmptyString_IsEncryptedUnlessTheRuleSaysNot(string more, int fields) =>
        Assert.Equal(fields, Plan("$.a", more).Values("""{"a":""}""").Length);

    [Theory]
    [InlineData("""{"Card":{"NUMBER":"1"}}""")]
    [InlineData("""{"card":{"n\u0075mber":"1"}}""")]
    [InlineData("""{"\u0043ard":{"number":"1"}}""")]
    public void Select_NameAsServersReadIt_IsFound(string body) => Assert.Equal(["1"], Plan("$.card.number").Values(body));

    [Theory]
    [InlineData("$.to_ken", """{"to.\u212aen":"1"}""")]
    [InlineData("$..to_ken", """{"x":[{"y":{"TO KEN":"1"}}]}""")]
    [InlineData("$['café']", "{\"cafe\u0301\":\"1\"}")]
    [InlineData("$.list[*].ssn", """{"LIST":[{"SSN":"1"}]}""")]
    public void Select_FoldedNameAtAnyStep_IsFound(string selector, string body) => Assert.Equal(["1"], Plan($"\"{selector}\"").Values(body));

    [Fact]
    public void Select_ExactNames_FindsThatNameAlone()
    {
        string file = RulesUnderTest.File("request: [{encrypt: {json: [$.card.number]}, role: r}]", more: "names: exact");
        BodyPlan plan = RulesUnderTest.JsonPlan(file);
        Assert.Equal(["1"], plan.Values("""{"card":{"Number":"2","number":"1"},"CARD":{"number":"3"}}"""));
        Assert.Equal(RefusalCode.RepeatedMember, plan.Refused("""{"card":{"number":"2","number":"1"}}""").Code);
    }

    [Theory]
    [InlineData("$.card.number", """{"card":{"number":"1","number":"2"}}""")]
    [InlineData("$.card.number", """{"card":{"number":"1","Number":"2"}}""")]
    [InlineData("$.card.number", """{"card":{"number":"1","n\u0075mber":"2"}}""")]
    [InlineData("$.card.number", """{"card":1,"x":2,"card":{"number":"1"}}""")]
    [InlineData("$.card.number", """{"card":{},"card":null}""")]
    [InlineData("$..number", """{"a":[{"b":{"number":"1","x":0,"NUMBER":"2"}}]}""")]
    [InlineData("$..card.number", """{"a":{"card":{"x":1},"Card":{"number":1}}}""")]
    [InlineData("$.*.number", """{"a":{"number":"1"},"a":{"number":"2"}}""")]
    [InlineData("$.*", """{"a":1,"\u0061":2}""")]
    [InlineData("$.list[*].number", """{"list":[{"number":1},{"number":1,"number":2}]}""")]
    public void TrySelect_RepeatedMemberThatAStepMatched_IsRefused(string selector, string body) =>
        Assert.Equal(new Refusal(400, RefusalCode.RepeatedMember, "under-test"), Plan($"\"{selector}\"").Refused(body));

    [Theory]
    [InlineData("$.card.number", """{"x":1,"x":2,"card":{"y":1,"y":2,"number":"1"}}""")]
    [InlineData("$.list[*].number", """{"list":[{"number":"1"},{"x":0}]}""")]
    [InlineData("$..number", """{"number":"1","x":{"y":2}}""")]
    [InlineData("$.*.number", """{"a":{"number":"1"},"A":{}}""")]
    [InlineData("$.list[*].*", """{"list":[{"a":"1"},{"a":null}]}""")]
    [InlineData("$..*", """[{"a":"1"},{"a":{"a":null}}]""")]
    public void Select_RepeatedMemberElsewhere_Stays(string selector, string body) => Assert.Equal(["1"], Plan($"\"{selector}\"").Values(body));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("{")]
    [InlineData("{\"a\":1,}")]
    [InlineData("{\"a\":01}")]
    [InlineData("{'a':1}")]
    [InlineData("{\"a\":1} {\"a\":2}")]
    [InlineData("{\"a\":1}x")]
    [InlineData("// c\n{\"a\":1}")]
    [InlineData("{\"a\":NaN}")]
    [InlineData("{\"a\":\"\n\"}")]
    [InlineData("{\"a\":\"\\x\"}")]
    [InlineData("{\"x\":[1,2}")]
    [InlineData("{\"a\":1}\0")]
    public void TrySelect_MalformedJson_IsRefused(string body) =>
        Assert.Equal(new Refusal(400, RefusalCode.MalformedBody, "under-test"), Plan("$.a").Refused(body));

    [Fact]
    public void TrySelect_ByteOrderMarkOrInvalidUtf8_IsRefused()
    {
        Assert.Equal(RefusalCode.MalformedText, Plan("$.a").Refused("\uFEFF{\"a\":1}").Code);
        Assert.Equal(RefusalCode.MalformedText, Plan("$.a").Refused(new byte[] { (byte)'"', 0xFF, (byte)'"' }).Code);
        Assert.Equal(RefusalCode.MalformedText, Plan("$.a").Refused((byte[])[.. "{\""u8, 0xC1, 0xA1, .. "\":1}"u8]).Code);
        Assert.Equal(RefusalCode.MalformedText, Plan("$.a").Refused((byte[])[0xFF, 0xFE, .. Encoding.Unicode.GetBytes("{\"a\":1}")]).Code);
        Assert.Equal(RefusalCode.MalformedBody, Plan("$.a").Refused(Encoding.Unicode.GetBytes("{\"a\":1}")).Code);
    }

    [Theory]
    [InlineData("$.a")]
    [InlineData("$..a")]
    [InlineData("$")]
    public void TrySelect_Depth_IsAllowedTo64(string selector)
    {
        static string Nested(int depth) => new string('[', depth) + new string(']', depth);
        Plan($"\"{selector}\"").Select(Nested(64)).Dispose();
        Assert.Equal(RefusalCode.TooDeep, Plan($"\"{selector}\"").Refused(Nested(65)).Code);
        Assert.Equal(RefusalCode.TooDeep, Plan($"\"{selector}\"").Refused($$"""{"x":{{Nested(64)}}}""").Code);
        Assert.Equal(RefusalCode.TooDeep, Plan($"\"{selector}\"").Refused(new string('[', 100_000)).Code);
    }

    [Fact]
    public void TrySelect_Limits_AreKept()
    {
        RuleLimits limits = RuleLimits.Default with { FieldsMax = 2, BodyBytesMax = 20 };
        Plan("\"$[*]\"").Select("[1,2,null]", limits).Dispose();
        Assert.Equal(new Refusal(413, RefusalCode.TooManyFields, "under-test"), Plan("\"$[*]\"").Refused("[1,2,3]", limits));
        Assert.Equal(new Refusal(413, RefusalCode.BodyTooLarge, "under-test"), Plan("\"$[*]\"").Refused("[1,2,               ]", limits));
    }

    [Fact]
    public void TrySelect_RequiredSelectorThatSelectsNothing_IsRefused()
    {
        BodyPlan plan = Plan("$.a, $.b", "required: [$.b]");
        Assert.Equal(["1"], plan.Values("""{"b":"1"}"""));
        Assert.Equal(new Refusal(422, RefusalCode.RequiredMissing, "under-test"), plan.Refused("""{"a":"1"}"""));
    }

    [Fact]
    public void Select_NothingThere_WritesTheBodyAsItCame() => Assert.Equal("""{ "x" : 1 }""", Plan("$.a").Rewrite("""{ "x" : 1 }""", "T"));

    [Theory]
    [InlineData("</script>&\u2028\u2029", """\u003c/script\u003e\u0026\u2028\u2029""")]
    [InlineData("\"\\\n\u0001", """\u0022\u005c\u000a\u0001""")]
    [InlineData("é☺𝄞\u2030\u202A\u007F", "é☺𝄞\u2030\u202A\u007F")]
    [InlineData("", "")]
    public void Write_String_IsEscapedForItsPlace(string value, string written) => Assert.Equal($$"""{"a":"{{written}}"}""", Plan("$.a").Rewrite("""{"a":"1"}""", value));

    [Theory]
    [InlineData(FieldType.Number, "-12.50e+3")]
    [InlineData(FieldType.Number, "0")]
    [InlineData(FieldType.Number, "1e400")]
    [InlineData(FieldType.Boolean, "true")]
    [InlineData(FieldType.Null, "null")]
    [InlineData(FieldType.Object, "{\"a\" : [1]}")]
    [InlineData(FieldType.Array, "[]")]
    public void Write_OtherTypes_AreWrittenAsTheyAre(FieldType type, string value) => Assert.Equal($$"""{"a":{{value}}}""", Plan("$.a").Rewrite("""{"a":"1"}""", value, type));

    [Fact]
    public void Write_Document_IsEscapedInItsStrings() =>
        Assert.Equal("""{"a":["\u003cb\u003e"]}""", Plan("$.a").Rewrite("""{"a":"1"}""", """["<b>"]""", FieldType.Array));

    [Theory]
    [InlineData(FieldType.Number, "")]
    [InlineData(FieldType.Number, "01")]
    [InlineData(FieldType.Number, "+1")]
    [InlineData(FieldType.Number, "1.")]
    [InlineData(FieldType.Number, ".5")]
    [InlineData(FieldType.Number, "1e")]
    [InlineData(FieldType.Number, "-")]
    [InlineData(FieldType.Number, "NaN")]
    [InlineData(FieldType.Number, "1,\"admin\":true")]
    [InlineData(FieldType.Number, " 1")]
    [InlineData(FieldType.Boolean, "True")]
    [InlineData(FieldType.Boolean, "1")]
    [InlineData(FieldType.Null, "")]
    [InlineData(FieldType.Object, "[]")]
    [InlineData(FieldType.Object, "{}{}")]
    [InlineData(FieldType.Object, "{")]
    [InlineData(FieldType.Array, "{}")]
    [InlineData(FieldType.Bytes, "x")]
    [InlineData((FieldType)0, "x")]
    public void Write_ValueThatIsNotItsType_IsRefusedAndWritesNothing(FieldType type, string value)
    {
        using BodySelection selection = Plan("$.a").Select("""{"a":"1"}""");
        Assert.Equal(new Refusal(422, RefusalCode.CannotDecrypt, "under-test"), selection.RefusedToWrite(_ => RulesUnderTest.Replacement(value, type)));
    }

    [Fact]
    public void Write_InvalidUtf8_IsRefused()
    {
        using BodySelection selection = Plan("$.a").Select("""{"a":"1"}""");
        Assert.Equal(RefusalCode.CannotDecrypt, selection.RefusedToWrite(_ => new FieldReplacement(true, FieldType.String, new byte[] { 0xC0, 0xAF })).Code);
    }

    [Fact]
    public void Write_DocumentThatNestsTooDeep_IsRefused()
    {
        using BodySelection selection = Plan("$.a").Select("""{"a":"1"}""");
        string fits = new string('[', 63) + new string(']', 63);
        Assert.Equal($$"""{"a":{{fits}}}""", selection.Write(_ => RulesUnderTest.Replacement(fits, FieldType.Array)));
        Assert.Equal(RefusalCode.CannotDecrypt, selection.RefusedToWrite(_ => RulesUnderTest.Replacement($"[{fits}]", FieldType.Array)).Code);
    }

    [Fact]
    public void Dispose_OfACopy_EndsTheSelectionForAll()
    {
        BodyPlan plan = Plan("$.a");
        BodySelection first = plan.Select("""{"a":"\u0031"}""");
        BodySelection copy = first;
        FieldSelection fields = first.AsFields();
        copy.Dispose();
        using BodySelection second = plan.Select("""{"a":"\u0032"}""");
        Assert.Throws<ObjectDisposedException>(() => first.Fields);
        Assert.Throws<ObjectDisposedException>(() => first.Context(0));
        Assert.Throws<ObjectDisposedException>(() => first.PlaceOf(0));
        Assert.Throws<ObjectDisposedException>(() => first.TryWrite(new ArrayBufferWriter<byte>(), [default], out _));
        Assert.Throws<ObjectDisposedException>(() => fields.Operations);
        Assert.Throws<ObjectDisposedException>(() => default(BodySelection).Operations);
        Assert.Equal("""{"a":"2"}""", second.Write(field => new FieldReplacement(true, field.Type, field.Value)));
    }

    [Fact]
    public async Task Dispose_ByManyAtOnce_GivesEachBodyItsOwn()
    {
        BodyPlan plan = Plan("$.a");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            for (int i = 0; i < 2000; i++)
            {
                BodySelection selection = plan.Select($$"""{"a":"\u0031{{worker}}-{{i}}"}""");
                Assert.Equal($"1{worker}-{i}", Encoding.UTF8.GetString(selection.Fields[0].Value.Span));
                Parallel.Invoke(selection.Dispose, selection.Dispose);
            }
        })));
    }

    [Fact]
    public void Dispose_Twice_DoesNotTouchAnotherBody()
    {
        BodyPlan plan = Plan("$.a");
        BodySelection first = plan.Select("""{"a":"\u0031"}""");
        first.Dispose();
        using BodySelection second = plan.Select("""{"a":"\u0032"}""");
        first.Dispose();
        using BodySelection third = plan.Select("""{"a":"\u0033"}""");
        Assert.Equal("""{"a":"2"}""", second.Write(field => new FieldReplacement(true, field.Type, field.Value)));
        Assert.Equal("""{"a":"3"}""", third.Write(field => new FieldReplacement(true, field.Type, field.Value)));
        Assert.Throws<ObjectDisposedException>(() => first.Fields);
    }

    [Fact]
    public void TrySelect_AfterARefusal_BeginsAnew()
    {
        BodyPlan plan = Plan("$.a, $.b", "required: [$.b]");
        Assert.Equal(RefusalCode.MalformedBody, plan.Refused("""{"a":"1","b":"2" """).Code);
        Assert.Equal(RefusalCode.RequiredMissing, plan.Refused("""{"a":"1"}""").Code);
        Assert.Equal(["2"], plan.Values("""{"b":"2"}"""));
    }

    [Fact]
    public void Write_WrongNumberOfReplacements_Throws()
    {
        using BodySelection selection = Plan("$.a").Select("""{"a":"1"}""");
        Assert.Throws<ArgumentException>(() => selection.TryWrite(new System.Buffers.ArrayBufferWriter<byte>(), [], out _));
    }
}
