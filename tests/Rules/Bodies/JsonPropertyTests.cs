using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;

namespace E3.Relay.Rules.Tests.Bodies;

public sealed class JsonPropertyTests
{
    private static readonly string[] Names = ["a", "b", "card", "number", "x y", "é"];

    private static readonly string[] Selectors = ["$.a", "$.card.number", "$..number", "$.*.card", "$[0]", "$..[2]", "$['card','b']..a", "$.card", "$..*", "$", "$['é']"];

    private static readonly BodyPlan[] Plans =
        [.. Selectors.Select(selector => RulesUnderTest.JsonPlan(RulesUnderTest.Encrypt($"json: [\"{selector}\"]", "incoming: verify")))];

    private static readonly Gen<string> Space = Gen.Int[0, 3].Select(i => new[] { "", "", " ", "\r\n\t" }[i]);

    private static readonly Gen<string> Scalar = Gen.OneOf(
        Gen.Int.Select(number => number.ToString(CultureInfo.InvariantCulture)),
        Gen.Int[0, 5].Select(i => new[] { "true", "false", "null", "1.10", "-0e+9", "12345678901234567890" }[i]),
        Gen.String[Gen.Char["ab\"\\\n/<é☺*"], 0, 6].Select(text => JsonSerializer.Serialize(text)));

    private static readonly Gen<string> Document = Gen.Recursive<string>((depth, inner) => depth > 4
        ? Scalar
        : Gen.OneOf(Scalar, Wrapped(Gen.Select(Space, inner).Array[0, 3], '[', ']'), Wrapped(Members(inner), '{', '}')));

    private static Gen<string> Wrapped(Gen<(string Space, string Text)[]> parts, char open, char close) =>
        parts.Select(list => open + string.Join(',', list.Select(part => part.Space + part.Text + part.Space)) + close);

    private static Gen<(string, string)[]> Members(Gen<string> inner) => Gen.Select(Gen.Shuffle(Names, 0, 3), Space, inner, inner, inner).Select((names, space, a, b, c) =>
        names.Select((name, i) => (space, JsonSerializer.Serialize(name) + space + ":" + space + new[] { a, b, c }[i])).ToArray());

    [Fact]
    public void TryWrite_NothingReplaced_IsTheIdentity() => Gen.Select(Document, Gen.Int[0, Plans.Length - 1]).Sample((document, plan) =>
    {
        using BodySelection selection = Plans[plan].Select(document);
        return selection.Write(_ => default) == document;
    }, iter: 2000);

    [Fact]
    public void TryWrite_SameValues_ChangesNoValue() => Gen.Select(Document, Gen.Int[0, Plans.Length - 1]).Sample((document, plan) =>
    {
        using BodySelection selection = Plans[plan].Select(document);
        string written = selection.Write(field => new FieldReplacement(true, field.Type, field.Value));
        return JsonNode.DeepEquals(JsonNode.Parse(written), JsonNode.Parse(document));
    });

    [Fact]
    public void TryWrite_NewValues_StandWhereTheSelectedOnesStoodAndNowhereElse() => Gen.Select(Document, Gen.Int[0, Plans.Length - 1]).Sample((document, plan) =>
    {
        using BodySelection selection = Plans[plan].Select(document);
        string written = selection.Write(_ => RulesUnderTest.Replacement("\u0001new"));
        using BodySelection again = Plans[plan].Select(written);
        return again.Fields.Count == selection.Fields.Count && again.Fields.All(field => Encoding.UTF8.GetString(field.Value.Span) == "\u0001new")
            && Blanked(again) == Blanked(selection);
    });

    [Fact]
    public void TrySelect_ManySelectors_SelectWhatEachSelectsAlone() => Gen.Select(Document, Gen.Int[0, Plans.Length - 1].Array[1, 60]).Sample((document, chosen) =>
    {
        string list = string.Join(", ", chosen.Select(i => $"\"{Selectors[i]}\""));
        BodyPlan all = RulesUnderTest.JsonPlan(RulesUnderTest.Encrypt($"json: [{list}]", "incoming: verify"));
        using BodySelection selection = all.Select(document);
        return Places(selection).SetEquals(chosen.Distinct().SelectMany(i =>
        {
            using BodySelection alone = Plans[i].Select(document);
            return Places(alone);
        }));
    }, iter: 500);

    [Fact]
    public void TrySelect_SelectorsOverSeveralWords_EachSelectItsOwn()
    {
        string list = string.Join(", ", Enumerable.Range(0, 60).Select(i => $"$.m{i}.x"));
        string body = "{" + string.Join(',', Enumerable.Range(0, 60).Select(i => $"\"m{i}\":{{\"y\":0,\"x\":{i}}}")) + "}";
        Assert.Equal(Enumerable.Range(0, 60).Select(i => i.ToString(CultureInfo.InvariantCulture)), RulesUnderTest.JsonPlan(RulesUnderTest.Encrypt($"json: [{list}]")).Values(body));
    }

    [Fact]
    public void TrySelect_ManyAtOnce_DoNotDisturbEachOther() => Parallel.For(0, 2000, i =>
    {
        string body = $$"""{"a":"{{i}}\u0041","x":[{"number":{{i}}}]}""";
        Assert.Equal([$"{i}A"], Plans[0].Values(body));
        Assert.Equal([$"{i}"], Plans[2].Values(body));
    });

    /// <summary>Values are slices of one body only when they had no escapes, so the body is written with a mark in place of each value.</summary>
    private static HashSet<string> Places(BodySelection selection)
    {
        HashSet<string> places = [];
        for (int i = 0; i < selection.Fields.Count; i++)
        {
            int marked = i, at = 0;
            places.Add(selection.Write(_ => at++ == marked ? RulesUnderTest.Replacement("\u0001mark") : default));
        }

        return places;
    }

    [Fact]
    public void TrySelect_AnyBytes_NeverThrows() => Gen.Select(Gen.Byte.Array[0, 60], Gen.Int[0, Plans.Length - 1]).Sample(AlwaysJudges);

    [Fact]
    public void TrySelect_DamagedDocument_NeverThrows() =>
        Gen.Select(Document, Gen.Int[0, 1000], Gen.Byte, Gen.Int[0, Plans.Length - 1]).Sample((document, at, value, plan) =>
        {
            byte[] bytes = Encoding.UTF8.GetBytes(document);
            bytes[at % bytes.Length] = value;
            return AlwaysJudges(bytes, plan);
        });

    private static bool AlwaysJudges(byte[] bytes, int plan)
    {
        bool selected = Plans[plan].TrySelect(bytes, RuleLimits.Default, FakeTokens.Grammar, out BodySelection selection, out Refusal? refusal);
        selection.Dispose();
        return selected == (refusal is null);
    }

    /// <summary>The body with every selected value empty.</summary>
    private static string Blanked(BodySelection selection) => selection.Write(_ => RulesUnderTest.Replacement(""));
}
