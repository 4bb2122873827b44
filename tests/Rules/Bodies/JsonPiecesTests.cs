using System.Text;
using CsCheck;
using E3.Relay.Rules.Bodies;

namespace E3.Relay.Rules.Tests.Bodies;

/// <summary>Splitting the input changes nothing: neither what is selected, nor where, nor why a body is refused.</summary>
public sealed class JsonPiecesTests
{
    private static readonly ContentKind[] Kinds = [ContentKind.Json, ContentKind.JsonLines, ContentKind.JsonSequence];

    [Theory]
    [InlineData("$.card.number", "{\"x\":[1,{\"y\":\"é😀\\\"\"}],\"card\":{\"a\":-1.5e3,\"number\":\"\\u0041☺\",\"b\":null}, \"c\":true}")]
    [InlineData("$..number", "[{\"number\":1},{\"a\":{\"NUMBER\":[1,2,{}]}}]")]
    [InlineData("$.list[?@.x=='é'].y", "{\"list\":[{\"y\":[1,2],\"x\":\"é\"},{\"x\":1,\"y\":3}],\"z\":1}")]
    [InlineData("$.list[-1]", "{\"list\":[1,[2,3]],\"list2\":[]}")]
    [InlineData("$.list[?@.x==$.z].y", "{\"list\":[{\"y\":[1,2],\"x\":1},{\"x\":1.0,\"y\":3}],\"z\":1}")]
    [InlineData("$.*", "{\"a\":1,\"b\":2,\"a\":3}")]
    [InlineData("$.a", "{\"b\":{\"c\":[1,2,tru]},\"a\":1}")]
    [InlineData("$.a", "{\"b\":\"\\q\",\"a\":1}")]
    [InlineData("$.a", "{\"b\":\"\u00e9\",\"a\":\"\\ud800\"}")]
    [InlineData("$.a", "\uFEFF{\"a\":1}")]
    [InlineData("$.a", "{\"a\":1}\n\n {\"a\":2}\r\n3\n{\"a\":\"\\n\"}")]
    [InlineData("$.a", "\u001E{\"a\":1}\n\u001E\u001E{\"a\":2}\u001E 3 \u001E{\"a\":4}")]
    [InlineData("$.a", "\u001E{\"a\":1}\n\u001E\u001E{\"a\":2}\u001E3\u001E{\"a\":4}")]
    public void Add_EverySplit_ChangesNothing(string selector, string body)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        CompiledBody compiled = JsonSelecting.Compile(JsonSelecting.Parse(selector), false);
        foreach (ContentKind kind in Kinds)
        {
            string whole = Whole(compiled, kind, bytes);
            for (int split = 0; split <= bytes.Length; split++)
                Assert.Equal(whole, Pieces(compiled, kind, bytes, [split]));
            Assert.Equal(whole, Pieces(compiled, kind, bytes, [.. Enumerable.Range(1, bytes.Length - 1)]));
        }
    }

    [Fact]
    public void Add_Depth_IsJudgedTheSame()
    {
        CompiledBody compiled = JsonSelecting.Compile(JsonSelecting.Parse("$..[-1]"), false);
        foreach (int depth in (int[])[64, 65])
        {
            byte[] bytes = Encoding.UTF8.GetBytes(new string('[', depth) + new string(']', depth));
            for (int split = 0; split <= bytes.Length; split++)
                Assert.Equal(Whole(compiled, ContentKind.Json, bytes), Pieces(compiled, ContentKind.Json, bytes, [split]));
        }
    }

    [Fact]
    public void Add_InvalidUtf8_IsJudgedTheSame()
    {
        foreach (string selector in (string[])["$.a", "$.a[-1]", "$"])
        {
            CompiledBody compiled = JsonSelecting.Compile(JsonSelecting.Parse(selector), false);
            foreach (byte[] bad in (byte[][])[[0xFF], [0xC0, 0xAF], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80]])
            {
                byte[] bytes = [.. "{\"a\":[1,\"é"u8, .. bad, .. "\"],\"b\":01}"u8];
                string whole = Whole(compiled, ContentKind.Json, bytes);
                Assert.StartsWith(nameof(RefusalCode.MalformedText), whole, StringComparison.Ordinal);
                for (int split = 0; split <= bytes.Length; split++)
                    Assert.Equal(whole, Pieces(compiled, ContentKind.Json, bytes, [split]));
            }
        }
    }

    [Fact]
    public void Add_GeneratedBodies_AreJudgedTheSame() => Gen.Select(JsonGen.Document.Array[1, 3], JsonGen.Query, Gen.Int[0, 2], Gen.Int[0, 5], Gen.Int[0, 1000].Array[1, 4], Gen.Byte).Sample(
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
            CompiledBody compiled = JsonSelecting.Compile(JsonSelecting.Parse(query), false);
            return Whole(compiled, kind, bytes) == Pieces(compiled, kind, bytes, [.. splits.Select(split => split % bytes.Length).Order()]);
        });

    [Fact]
    public void Add_SelectedWhole_IsCopiedFromAllPieces()
    {
        byte[] bytes = Encoding.UTF8.GetBytes("{\"a\": { \"b\" : [1, \"é\"] } ,\"c\":1}");
        BodyPlan plan = RulesUnderTest.JsonPlan(RulesUnderTest.Encrypt("json: [$.a]", "whole: true"));
        Assert.Equal(["{ \"b\" : [1, \"é\"] }"], plan.Values(Encoding.UTF8.GetString(bytes)));
        CompiledBody compiled = JsonSelecting.Compile(JsonSelecting.Parse("$.a"), false, whole: true);
        for (int split = 0; split <= bytes.Length; split++)
            Assert.Equal(Whole(compiled, ContentKind.Json, bytes), Pieces(compiled, ContentKind.Json, bytes, [split]));
    }

    [Fact]
    public void Add_LongBody_HoldsOnlyWhatCannotBeJudged()
    {
        byte[] element = Encoding.UTF8.GetBytes("{\"number\":\"4242424242424242\",\"x\":[1,2,3]},");
        SelectionBuilder found = new(JsonSelecting.Compile(JsonSelecting.Parse("$[*].number[-1]"), false), default, RuleLimits.Default, FakeTokens.Grammar);
        using JsonPieces pieces = new(found, ContentKind.Json);
        Assert.True(pieces.Add("["u8));
        for (int i = 0; i < 100_000; i++)
        {
            Assert.True(pieces.Add(element));
            Assert.InRange(pieces.Held, 0, element.Length);
        }

        Assert.True(pieces.Add("0]"u8) && pieces.Finish());
        found.Arena.Dispose();
    }

    [Fact]
    public void Add_MoreThanTheLimitToHold_IsRefused()
    {
        SelectionBuilder found = new(JsonSelecting.Compile(JsonSelecting.Parse("$[-1,-9]"), false), default, RuleLimits.Default with { BodyBytesMax = 100 }, FakeTokens.Grammar);
        using JsonPieces pieces = new(found, ContentKind.Json);
        Assert.True(pieces.Add("["u8));
        Assert.True(pieces.Add(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("1,", 40)))));
        Assert.False(pieces.Add(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("1,", 40)))));
        Assert.Equal(RefusalCode.BodyTooLarge, found.Refusal?.Code);
        Assert.False(pieces.Add("1"u8));
        Assert.False(pieces.Finish());
    }

    private static string Whole(CompiledBody compiled, ContentKind kind, byte[] body)
    {
        SelectionBuilder found = new(compiled, body, RuleLimits.Default, FakeTokens.Grammar);
        bool selected = JsonBodyScan.TrySelect(found, kind);
        return Describe(found, selected);
    }

    private static string Pieces(CompiledBody compiled, ContentKind kind, byte[] body, int[] splits)
    {
        SelectionBuilder found = new(compiled, default, RuleLimits.Default, FakeTokens.Grammar);
        using JsonPieces pieces = new(found, kind);
        int start = 0;
        bool selected = true;
        foreach (int end in splits.Append(body.Length))
        {
            byte[] piece = body[start..end];
            selected = selected && pieces.Add(piece);
            piece.AsSpan().Clear();
            start = end;
        }

        return Describe(found, selected && pieces.Finish());
    }

    private static string Describe(SelectionBuilder found, bool selected)
    {
        using (found.Arena)
        {
            Assert.Equal(selected, found.Refusal is null);
            if (found.Refusal is { } refusal)
                return $"{refusal.Code} {refusal.RuleId}";
            bool finished = found.Finish(null, null, out _);
            return string.Join('|', found.Fields.Zip(found.Sites).Select(pair => $"{pair.First.Type} {Encoding.UTF8.GetString(pair.First.Value.Span)} {pair.Second}").Append($"{finished}"));
        }
    }
}
