using System.Buffers;
using System.Text;
using CsCheck;
using E3.Relay.Rules.Bodies;

namespace E3.Relay.Rules.Tests.Bodies;

/// <summary>A body in parts becomes, byte for byte, what the same body becomes as a whole, wherever it is split and cut; and it is refused for the same reason.</summary>
public sealed class JsonStreamTests
{
    private const string Lines = "application/x-ndjson";

    private static readonly ContentKind[] Kinds = [ContentKind.Json, ContentKind.JsonLines, ContentKind.JsonSequence];

    [Theory]
    [InlineData("$.card.number", "{\"x\":[1,{\"y\":\"é😀\\\"\"}],\"card\":{\"a\":-1.5e3,\"number\":\"\\u0041☺\",\"b\":null}, \"c\":true}  \n")]
    [InlineData("$..number", "[{\"number\":1},{\"a\":{\"NUMBER\":[1,2,{}]}}]")]
    [InlineData("$", "{\"a\":[1,{\"b\":\"c\"}]} ")]
    [InlineData("$", " 12 ")]
    [InlineData("$.list[?@.x=='é'].y", "{\"list\":[{\"y\":[1,2],\"x\":\"é\"},{\"x\":1,\"y\":3}],\"z\":1}")]
    [InlineData("$.list[-1]", "{\"list\":[1,[2,3]],\"list2\":[]}")]
    [InlineData("$.*", "{\"a\":1,\"b\":2,\"a\":3}")]
    [InlineData("$.*.*", "{\"a\":{\"x\":1,\"y\":2},\"b\":{\"x\":3,\"\\u0078\":4}}")]
    [InlineData("$[*].*", "[{\"x\":1,\"y\":2},{\"x\":3,\"y\":4}]")]
    [InlineData("$.a", "{\"b\":{\"c\":[1,2,tru]},\"a\":1}")]
    [InlineData("$.a", "{\"b\":\"\u00e9\",\"a\":\"\\ud800\"}")]
    [InlineData("$.a", "\uFEFF{\"a\":1}")]
    [InlineData("$.a", "{\"a\":1}x")]
    [InlineData("$.a", "{\"a\":1,\"b\":[")]
    [InlineData("$.a", "{\"a\":1}\n\n {\"a\":2}\r\n3\n{\"a\":\"\\n\"}")]
    [InlineData("$.a", "\u001E{\"a\":1}\n\u001E\u001E{\"a\":2}\u001E 3 \u001E{\"a\":4}")]
    [InlineData("$.a", "\u001E{\"a\":1}\n\u001E\u001E{\"a\":2}\u001E3\u001E{\"a\":4}")]
    public void Stream_EverySplit_WritesWhatTheWholeWrites(string selector, string body)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        CompiledBody compiled = JsonSelecting.Compile(JsonSelecting.Parse(selector), false);
        foreach (ContentKind kind in Kinds)
            StreamDriver.AssertEverySplit(new BodyPlan(compiled, null, null, kind), bytes);
    }

    [Theory]
    [InlineData("{\"a\": { \"b\" : [1, \"é\"] } ,\"c\":1}")]
    [InlineData("{\"a\": [[1], {\"a\":[2]}],\"c\":[1]}")]
    public void Stream_WholeValues_AreTheSameWhereverTheyAreSplit(string body) =>
        StreamDriver.AssertEverySplit(new BodyPlan(JsonSelecting.Compile(JsonSelecting.Parse("$.a"), false, whole: true), null), Encoding.UTF8.GetBytes(body));

    [Fact]
    public void Stream_WholeDocumentThatIsTheOnlyFieldThatMayBe_IsHeldToItsEnd()
    {
        BodyPlan plan = new(JsonSelecting.Compile(JsonSelecting.Parse("$"), false, whole: true), null);
        byte[] body = "{\"a\":1}  "u8.ToArray();
        for (int split = 0; split <= body.Length; split++)
            Assert.Equal(StreamDriver.Whole(plan, body), StreamDriver.Parts(plan.OpenStream(RuleLimits.Default with { FieldsMax = 1 }, FakeTokens.Grammar)!, body, [split]));
    }

    [Fact]
    public void Stream_WholeDocument_IsTheSameWhereverItIsSplit() =>
        StreamDriver.AssertEverySplit(new BodyPlan(JsonSelecting.Compile(JsonSelecting.Parse("$"), false, whole: true), null), "{\"a\": { \"b\" : [1] }}  "u8.ToArray());

    [Theory]
    [InlineData("{\"card\":1,\"order\":\"a\"}\n{\"order\":\"b\",\"card\":2,\"card2\":3}\n\n{\"order\":\"c\"}\n{\"card\":\"x\",\"order\":\"c\"}")]
    [InlineData("{\"card\":1,\"order\":\"a\"}\n{\"card\":2}\n")]
    [InlineData("{\"card\":1,\"order\":\"a\"}\n{\"order\":\"b\",\"x\":2}\n")]
    public void Stream_BoundLines_EachHaveTheirOwnContext(string body)
    {
        string rules = RulesUnderTest.Encrypt("json: [$.card]", "bind: [\"json:$.order\"]");
        StreamDriver.AssertEverySplit(RulesUnderTest.Planned(RulesUnderTest.PlanFor(rules).ForRequest(Lines, true)), Encoding.UTF8.GetBytes(body));
        byte[] sequence = Encoding.UTF8.GetBytes(string.Concat(body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => $"\u001E{line}\n")));
        StreamDriver.AssertEverySplit(RulesUnderTest.Planned(RulesUnderTest.PlanFor(rules).ForRequest("application/json-seq", true)), sequence);
    }

    [Theory]
    [InlineData("application/json", "{\"a\":[1,2,3],\"card\":1}")]
    [InlineData("application/json", "{\"a\":[1,2,3],\"b\":1}")]
    [InlineData(Lines, "{\"card\":1}\n{\"card\":2}\n\n")]
    [InlineData(Lines, "{\"card\":1}\n{\"b\":2}\n{\"card\":1}\n")]
    [InlineData(Lines, "\n\n")]
    public void Stream_RequiredSelector_IsJudgedAsInTheWhole(string contentType, string body) => StreamDriver.AssertEverySplit(
        RulesUnderTest.Planned(RulesUnderTest.PlanFor(RulesUnderTest.Encrypt("json: [$.card]", "required: [$.card]")).ForRequest(contentType, true)), Encoding.UTF8.GetBytes(body));

    [Fact]
    public void Stream_Depth_IsJudgedAsInTheWhole()
    {
        BodyPlan plan = new(JsonSelecting.Compile(JsonSelecting.Parse("$..[-1]"), false), null);
        foreach (int depth in (int[])[64, 65])
            StreamDriver.AssertEverySplit(plan, Encoding.UTF8.GetBytes(new string('[', depth) + new string(']', depth)));
    }

    [Fact]
    public void Stream_InvalidUtf8_IsJudgedAsInTheWhole()
    {
        foreach (string selector in (string[])["$.a", "$.a[-1]", "$"])
        {
            BodyPlan plan = new(JsonSelecting.Compile(JsonSelecting.Parse(selector), false), null);
            foreach (byte[] bad in (byte[][])[[0xFF], [0xC0, 0xAF], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80]])
            {
                byte[] bytes = [.. "{\"a\":[1,\"é"u8, .. bad, .. "\"],\"b\":01}"u8];
                Assert.StartsWith(nameof(RefusalCode.MalformedText), StreamDriver.Whole(plan, bytes), StringComparison.Ordinal);
                StreamDriver.AssertEverySplit(plan, bytes);
            }
        }
    }

    [Fact]
    public void Stream_GeneratedBodies_WriteWhatTheWholeWrites() => Gen.Select(JsonGen.Document.Array[1, 3], JsonGen.Query, Gen.Int[0, 2], Gen.Int[0, 5], Gen.Int[0, 1000].Array[1, 4], Gen.Byte).Sample(
        (documents, query, kindNumber, damage, splits, value) =>
        {
            ContentKind kind = Kinds[kindNumber];
            byte[] bytes = Encoding.UTF8.GetBytes(kind switch
            {
                ContentKind.Json => documents[0],
                ContentKind.JsonLines => string.Join('\n', documents.Select(document => document.Replace('\n', ' ').Replace('\r', ' '))),
                _ => string.Concat(documents.Select(document => $"\u001E{document}\n")),
            });
            if (damage == 0)
                bytes[splits[0] % bytes.Length] = value;
            BodyPlan plan = new(JsonSelecting.Compile(JsonSelecting.Parse(query), false), null, null, kind);
            return plan.OpenStream(RuleLimits.Default, FakeTokens.Grammar) is not { } stream || StreamDriver.Whole(plan, bytes) == StreamDriver.Parts(stream, bytes, [.. splits.Select(split => split % bytes.Length).Order()]);
        });

    [Fact]
    public void Stream_TheEndOfADocument_IsHeldUntilNothingIsWrongWithIt()
    {
        byte[] body = "{\"a\":[1,2,3],\"b\":1}  "u8.ToArray();
        BodyPlan plan = RulesUnderTest.JsonPlan(RulesUnderTest.Encrypt("json: [$.card]", "required: [$.card]"));
        using BodyStream stream = plan.OpenStream(RuleLimits.Default, FakeTokens.Grammar)!;
        Assert.True(stream.TryRead(body, false));
        Assert.Equal(body.AsSpan().IndexOf((byte)'}'), stream.Decided);
        Assert.True(stream.TryRead(body, true));
        Assert.False(stream.TryCut(body, out _, out Refusal? refusal));
        Assert.Equal(RefusalCode.RequiredMissing, refusal.Code);
    }

    [Theory]
    [InlineData("json: [$.a]", "bind: [\"json:$.order\"]")]
    [InlineData("json: [\"$.a[?@.x==$.b].y\"]", "")]
    public void OpenStream_DocumentThatMustBeKnownWhole_IsNotOpened(string selectors, string more) =>
        Assert.Null(RulesUnderTest.JsonPlan(RulesUnderTest.Encrypt(selectors, more)).OpenStream(RuleLimits.Default, FakeTokens.Grammar));

    [Theory]
    [InlineData("$.a")]
    [InlineData("$[*].a[-1]")]
    [InlineData("$[*].*")]
    public void Stream_LongBody_HoldsLittle(string selector)
    {
        byte[] element = Encoding.UTF8.GetBytes("{\"number\":\"4242424242424242\",\"a\":[1,2,3]},");
        using BodyStream stream = RulesUnderTest.JsonPlan(RulesUnderTest.Encrypt($"json: [\"{selector}\"]")).OpenStream(RuleLimits.Default, FakeTokens.Grammar)!;
        ArrayBufferWriter<byte> held = new();
        held.Write("["u8);
        for (int i = 0; i < 100_000; i++)
        {
            held.Write(element);
            if (held.WrittenCount < stream.Wanted)
                continue;
            Assert.True(stream.TryRead(held.WrittenMemory, false));
            if (stream.IsFull)
                StreamDriver.Cut(stream, held, null);
            Assert.InRange(held.WrittenCount, 0, 200_000);
        }

        held.Write("0]"u8);
        while (!stream.IsEnd)
        {
            Assert.True(stream.TryRead(held.WrittenMemory, true), $"{stream.Refusal}");
            StreamDriver.Cut(stream, held, null);
        }
    }

    [Theory]
    [InlineData("$[-1]", "[1,", "1,")]
    [InlineData("$.a", "{\"b\":\"", "xx")]
    [InlineData("$.*", "{\"b\":1", ",\"#\":1")]
    [InlineData("$.a", "{}", "  ")]
    public void Stream_MoreThanTheLimitToHold_IsRefused(string selector, string start, string more)
    {
        RuleLimits limits = RuleLimits.Default with { BodyBytesMax = 1000 };
        using BodyStream stream = RulesUnderTest.JsonPlan(RulesUnderTest.Encrypt($"json: [\"{selector}\"]")).OpenStream(limits, FakeTokens.Grammar)!;
        ArrayBufferWriter<byte> held = new();
        held.Write(Encoding.UTF8.GetBytes(start));
        Refusal? refusal = null;
        for (int i = 0; i < 2000 && refusal is null; i++)
        {
            held.Write(Encoding.UTF8.GetBytes(more.Replace("#", $"{i}", StringComparison.Ordinal)));
            if (!stream.TryRead(held.WrittenMemory, false))
                refusal = stream.Refusal;
            else if (stream.Decided > 0)
                refusal = StreamDriver.Cut(stream, held, null);
        }

        Assert.Equal(RefusalCode.BodyTooLarge, refusal?.Code);
    }

    [Fact]
    public void Stream_MoreFieldsThanTheLimit_AreInSeveralParts()
    {
        RuleLimits limits = RuleLimits.Default with { FieldsMax = 100 };
        using BodyStream stream = RulesUnderTest.JsonPlan(RulesUnderTest.Encrypt("json: [$]")).OpenStream(limits, FakeTokens.Grammar)!;
        ArrayBufferWriter<byte> held = new();
        held.Write(Encoding.UTF8.GetBytes($"[{string.Join(',', Enumerable.Repeat("1", 10_000))}]"));
        int parts = 0;
        for (; !stream.IsEnd; parts++)
        {
            Assert.True(stream.TryRead(held.WrittenMemory, true), $"{stream.Refusal}");
            StreamDriver.Cut(stream, held, null);
        }

        Assert.InRange(parts, 100, 400);
    }
}
