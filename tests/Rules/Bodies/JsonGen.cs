using System.Globalization;
using System.Text;
using CsCheck;
using E3.Relay.Rules.Bodies;

namespace E3.Relay.Rules.Tests.Bodies;

/// <summary>Documents without repeated members, and queries that have something to find in them.</summary>
internal static class JsonGen
{
    private static readonly string[] Names = ["a", "B", "card", "x y", "é"];

    private static readonly Gen<string> Text = Gen.String[Gen.Char["abx1\"\\\n/é"], 0, 4].Select(Quoted);

    private static readonly Gen<string> Space = Gen.Int[0, 4].Select(i => new[] { "", "", "", " ", "\r\n\t" }[i]);

    private static readonly Gen<string> Scalar = Gen.OneOf(
        Gen.Int[-3, 3].Select(number => number.ToString(CultureInfo.InvariantCulture)),
        Gen.Int[0, 7].Select(i => new[] { "true", "false", "null", "1.0", "10e-1", "-0.0", "\"a\"", "\"ab\"" }[i]),
        Text);

    internal static Gen<string> Document { get; } = Gen.Recursive<string>((depth, inner) => depth > 4
        ? Scalar
        : Gen.Frequency((1, Scalar), (2, Wrapped(Gen.Select(Space, inner).Array[0, 4], '[', ']')), (2, Wrapped(Members(inner), '{', '}'))));

    private static readonly Gen<string> Name = Gen.Int[0, 9].Select(i => new[] { ".a", ".A", ".b", ".B", ".card", "['x y']", "['X_y']", "['é']", ".CARD", ".a" }[i]);

    private static readonly Gen<string> Bound = Gen.Int[-4, 5].Select(i => i == 5 ? "" : i.ToString(CultureInfo.InvariantCulture));

    private static readonly Gen<string> Slice = Gen.Select(Bound, Bound, Gen.Int[-2, 3]).Select((start, end, step) => step == 3 ? $"{start}:{end}" : $"{start}:{end}:{step}");

    private static readonly Gen<string> PlainStep = Gen.OneOf(
        Name.Select(name => name.StartsWith('.') ? $"'{name[1..]}'" : name[1..^1]),
        Gen.Const("*"),
        Gen.Int[-3, 3].Select(index => index.ToString(CultureInfo.InvariantCulture)),
        Slice);

    private static readonly Gen<string> Singular = Gen.OneOf(Name, Gen.Int[-2, 2].Select(index => $"[{index}]")).Array[0, 2].Select(parts => string.Concat(parts));

    private static readonly Gen<string> Literal = Gen.OneOf(Gen.Int[-2, 3].Select(number => $"{number}"), Gen.Int[0, 8].Select(i => new[] { "1.0", "'a'", "'ab'", "''", "true", "false", "null", "1e0", "-0" }[i]));

    private static readonly Gen<string> Operators = Gen.Int[0, 5].Select(i => new[] { "==", "!=", "<", "<=", ">", ">=" }[i]);

    /// <summary>Queries with steps of all kinds.</summary>
    internal static Gen<string> Query { get; } = Segments(PlainStep, Filter(2)).Select(segments => "$" + segments);

    /// <summary>Queries whose nodes stay the same when scalars change.</summary>
    internal static Gen<string> PlainQuery { get; } = Segments(PlainStep, null).Select(segments => "$" + segments);

    private static Gen<string> Segments(Gen<string> step, Gen<string>? filter)
    {
        Gen<string> any = filter is null ? step : Gen.Frequency((2, step), (1, filter.Select(text => "?" + text)));
        return Gen.Select(Gen.Frequency((3, Gen.Const("")), (1, Gen.Const(".."))), any.Array[1, 2])
            .Select((descend, steps) => $"{descend}[{string.Join(',', steps)}]").Array[0, 3].Select(parts => string.Concat(parts));
    }

    private static Gen<string> Filter(int depth)
    {
        Gen<string> query = Segments(PlainStep, depth > 0 ? Filter(depth - 1) : null);
        Gen<string> root = Gen.Frequency((4, Gen.Const("@")), (1, Gen.Const("$")));
        Gen<string> value = Gen.OneOf(
            Literal,
            Gen.Select(root, Singular).Select((start, text) => start + text),
            Gen.Select(root, query).Select((start, text) => $"count({start}{text})"),
            Gen.Select(root, query).Select((start, text) => $"value({start}{text})"),
            Gen.Select(root, Singular).Select((start, text) => $"length({start}{text})"));
        Gen<string> basic = Gen.OneOf(
            Gen.Select(root, query).Select((start, text) => start + text),
            Gen.Select(value, Operators, value).Select((left, how, right) => $"{left} {how}{right}"),
            Gen.Select(root, Singular, Gen.Int[0, 3]).Select((start, text, i) => $"{(i % 2 == 0 ? "match" : "search")}({start}{text},'{new[] { "a.?", "[a-b]+", "(a|x)b?", "" }[i]}')"));
        if (depth == 0)
            return basic;
        Gen<string> inner = Filter(depth - 1);
        return Gen.Frequency(
            (4, basic),
            (1, Gen.Select(basic, inner).Select((left, right) => $"{left} && ({right})")),
            (1, Gen.Select(basic, inner).Select((left, right) => $"{left}||{right}")),
            (1, inner.Select(text => $"!({text})")));
    }

    private static Gen<string> Wrapped(Gen<(string Space, string Text)[]> parts, char open, char close) =>
        parts.Select(list => open + string.Join(',', list.Select(part => part.Space + part.Text + part.Space)) + close);

    private static Gen<(string, string)[]> Members(Gen<string> inner) => Gen.Select(Gen.Shuffle(Names, 0, 3), Space, inner, inner, inner).Select((names, space, a, b, c) =>
        names.Select((name, i) => (space, Quoted(name) + space + ":" + space + new[] { a, b, c }[i])).ToArray());

    /// <summary>A string as the product writes it.</summary>
    private static string Quoted(string text)
    {
        System.Buffers.ArrayBufferWriter<byte> output = new();
        JsonText.WriteString(output, Encoding.UTF8.GetBytes(text));
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
