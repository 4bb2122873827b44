using System.Text;
using CsCheck;

namespace E3.Relay.Rules.Tests.Heads;

public sealed class HeadPropertyTests
{
    private const string Selectors = "query: [pan, \"c*\"], header: [X-Card], cookie: [card, \"x*\"], path: {segment: [2, 3]}";

    private static readonly RuleSet Rules = RulesUnderTest.Load(HeadUnderTest.File("request", $"encrypt: {{{Selectors}}}", "incoming: verify", "/a/**"));

    private static readonly Gen<string> Field = Gen.Select(
        Gen.Int[0, 6].Select(i => new[] { "pan", "PAN[]", "c.x", "q", "", "a+b", "%C3%A9" }[i]),
        Gen.Char["ab+=1*~?"].Array[0, 4].Select(characters => new string(characters)),
        (name, value) => $"{name}={value}");

    private static readonly Gen<string> Target = Gen.Select(
        Gen.Char["ab1~:@"].Array[1, 4].Select(characters => new string(characters)).Array[0, 3], Field.Array[0, 4],
        (segments, fields) => "/" + string.Join('/', segments.Prepend("a")) + "?" + string.Join('&', fields));

    private static readonly Gen<HeaderLine> Line = Gen.Select(
        Gen.Int[0, 4].Select(i => new[] { "X-Card", "x_card", "X-Other", "Cookie", "cookie" }[i]),
        Gen.Char["abc =;x1"].Array[0, 8].Select(characters => new string(characters)),
        (name, value) => new HeaderLine(name, value));

    [Fact]
    public void TryWrite_NothingReplaced_IsNoEdit() => Gen.Select(Target, Line.Array[0, 4]).Sample((target, lines) =>
    {
        using HeadSelection? selection = TrySelect(target, lines);
        HeadEdit? edit = null;
        Assert.True(selection is null || selection.TryWrite(new FieldReplacement[selection.Fields.Count], out edit, out _));
        Assert.Null(edit);
    });

    [Fact]
    public void TryWrite_SameValues_AreReadAgain() => Gen.Select(Target, Line.Array[0, 4]).Sample((target, lines) =>
    {
        using HeadSelection? selection = TrySelect(target, lines);
        if (selection is null || selection.Fields.Count == 0)
            return;
        FieldReplacement[] same = [.. selection.Fields.Select(field => new FieldReplacement(true, FieldType.String, field.Value))];
        Assert.True(selection.TryWrite(same, out HeadEdit? edit, out Refusal? refusal), refusal?.ToString());
        using HeadSelection? again = TrySelect(edit!.Target?.Forwarded ?? RulesUnderTest.Target(target).Forwarded, [.. edit.Lines]);
        Assert.Equal(selection.Fields.Select(Text), again!.Fields.Select(Text));
    });

    [Fact]
    public void TryWrite_NewValues_StandWhereTheSelectedOnesStoodAndNowhereElse() => Gen.Select(Target, Line.Array[0, 4]).Sample((target, lines) =>
    {
        using HeadSelection? selection = TrySelect(target, lines);
        if (selection is null || selection.Fields.Count == 0)
            return;
        HeadEdit one = Write(selection, "new1"), other = Write(selection, "other-2");
        Assert.Equal(All(one, target).Replace("new1", "", StringComparison.Ordinal), All(other, target).Replace("other-2", "", StringComparison.Ordinal));
        using HeadSelection? again = TrySelect(one.Target?.Forwarded ?? target, [.. one.Lines]);
        Assert.Equal(selection.Fields.Count, again!.Fields.Count);
        Assert.All(again.Fields, field => Assert.Equal("new1", Text(field)));
    });

    [Fact]
    public void TrySelect_AnyCharacters_NeverThrows() => Gen.Select(Gen.Char[' ', '~'].Array[0, 30], Gen.Char['\0', '\u00FF'].Array[0, 30], Gen.Bool).Sample((query, value, isCookie) =>
    {
        if (RequestTarget.TryParse("/a/b?" + new string(query), "shop.example.com", out RequestTarget? target, out _))
            Judge(target, new HeaderLine(isCookie ? "Cookie" : "X-Card", new string(value)));
    });

    private static void Judge(RequestTarget target, HeaderLine line)
    {
        bool selected = Plan(target).TrySelect([line], RuleLimits.Default, FakeTokens.Grammar, out HeadSelection? selection, out Refusal? refusal);
        selection?.Dispose();
        Assert.True(selected == (selection is not null) && selected == (refusal is null));
    }

    private static HeadPlan Plan(RequestTarget target) => Rules.Plan("GET", "shop.example.com", target).RequestHead!;

    private static HeadSelection? TrySelect(string target, IReadOnlyList<HeaderLine> lines) =>
        Plan(RulesUnderTest.Target(target)).TrySelect(lines, RuleLimits.Default, FakeTokens.Grammar, out HeadSelection? selection, out _) ? selection : null;

    private static HeadEdit Write(HeadSelection selection, string value)
    {
        FieldReplacement[] replacements = [.. selection.Fields.Select(_ => RulesUnderTest.Replacement(value))];
        Assert.True(selection.TryWrite(replacements, out HeadEdit? edit, out _));
        return edit!;
    }

    private static string All(HeadEdit edit, string target) => $"{edit.Target?.Forwarded ?? target}\n{string.Join('\n', edit.Lines.Select(line => $"{line.Name}: {line.Value}"))}";

    private static string Text(SelectedField field) => Encoding.UTF8.GetString(field.Value.Span);
}
