using System.Text.RegularExpressions;
using E3.Relay.Testing;

namespace E3.Relay.Rules.Tests;

/// <summary>The rule files that stand in the reference.</summary>
internal static partial class DocumentedRules
{
    public static IReadOnlyList<string> Files { get; } =
        [.. Fence().Matches(File.ReadAllText(Repository.PathOf("docs", "rules.md"))).Select(match => match.Groups["text"].Value)];

    [GeneratedRegex("^```yaml\n(?<text>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();
}
