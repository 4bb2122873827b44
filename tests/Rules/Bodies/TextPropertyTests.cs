using System.Text;
using System.Text.RegularExpressions;
using CsCheck;

namespace E3.Relay.Rules.Tests.Bodies;

/// <summary>The scan against a plain replacement by .NET's backtracking engine.</summary>
public sealed class TextPropertyTests
{
    private static readonly string[] Pieces = ["1", "23", "-", "\n", "\r\n", " ", "é", "😀", "a", "\"", ",", "x=", "\u2028", "e3.", "12-3", "\uFEFF"];
    private static readonly string[] Patterns =
    [
        "(?<value>1|23)$|2", "(?m)^(?<value>.)$|\\d\\d", "\\b(?<value>\\d+)\\b|é", "(?m)(?<value>\\d+)\\r?$|\\d", "(?<value>1)-?$|1", "[x1]{1}(?<value>.)\\n", "(?<value>1)23-?1?$|(?<value>.)2", "(?:a|23)(?<value>.{1,3})(?:-|\\b)",
        "(?s)1(?<value>.)(?:.{130}$)|1", "^(?<value>.)|\\n(?<value>.)(?<value>.)", "(?<value>[^\\d\\]\"]+)\"", "(?<value>a\\)?)", "(?<value>\\d+)", "\\b(?<value>\\d+-\\d+)\\b", "(?m)^(?<value>[^\\n]+)$", "x=(?<value>.)", "(?<value>[^,\\s]+),", "é(?<value>\\w*)|(?<value>1)-",
    ];

    private static readonly Gen<string> Text = Gen.Int[0, Pieces.Length - 1].Array[0, 60].Select(numbers => string.Concat(numbers.Select(i => Pieces[i])));

    [Fact]
    public void Rewrite_AnyText_ChangesTheValuesAlone() =>
        Gen.Select(Text, Gen.Int[0, Patterns.Length - 1]).Sample(static (text, number) =>
        {
            BodyPlan plan = Plans[number];
            string rest = text.TrimStart('\uFEFF') is var trimmed && text.StartsWith('\uFEFF') ? text[1..] : trimmed;
            MatchCollection matches = Regex.Matches(rest, Patterns[number], RegexOptions.CultureInvariant);
            bool cuts = matches.Any(match => match.Groups["value"] is { Length: > 0 } value && (char.IsLowSurrogate(rest[value.Index]) || char.IsHighSurrogate(rest[value.Index + value.Length - 1])));
            if (cuts)
                return plan.Refused(text).Code == RefusalCode.MalformedText;
            var expected = new StringBuilder(text[..(text.Length - rest.Length)]);
            int read = 0;
            foreach (Group value in matches.Select(match => match.Groups["value"]).Where(value => value.Length > 0))
            {
                expected.Append(rest, read, value.Index - read).Append('T');
                read = value.Index + value.Length;
            }

            expected.Append(rest, read, rest.Length - read);
            return plan.Rewrite(text, "T") == expected.ToString() && Keep(plan, text) == text;
        });

    private static readonly BodyPlan[] Plans = [.. Patterns.Select(pattern => RulesUnderTest.TextPlan(RulesUnderTest.Encrypt($"text: ['{pattern}']", "incoming: verify")))];

    private static string Keep(BodyPlan plan, string text)
    {
        using BodySelection selection = plan.Select(text);
        return selection.Write(_ => default);
    }
}
