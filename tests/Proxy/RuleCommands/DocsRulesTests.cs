using System.Text.RegularExpressions;
using E3.Relay.Rules;
using E3.Relay.Testing;

namespace E3.Relay.Proxy.Tests.RuleCommands;

/// <summary>The reference keeps its word: each of its rule files loads without a warning, and what it shows is what happens.</summary>
public sealed partial class DocsRulesTests
{
    private static readonly string Reference = File.ReadAllText(Repository.PathOf("docs", "rules.md"));

    public static TheoryData<int, string> Files =>
        [.. Fence().Matches(Reference).Select(match => (Reference.AsSpan(0, match.Index).Count('\n') + 1, match.Groups["text"].Value))];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Reference_RuleFile_LoadsAndItsExamplesPass(int line, string text)
    {
        CommandRun check = await CommandRun.RunAsync(["check", "--warnings-as-errors", "-"], text), test = await CommandRun.RunAsync(["test", "-"], text);
        Assert.True(check.Code == 0, $"line {line}:\n{check.Output}");
        Assert.True(test.Code == 0, $"line {line}:\n{test.Output}");
    }

    [Fact]
    public async Task Reference_Examples_ShowEveryOperationAndEverySelector()
    {
        string[] texts = [.. Files.Select(row => row.Data.Item2).Where(text => text.Contains("examples:", StringComparison.Ordinal))];
        CommandRun[] runs = await Task.WhenAll(texts.Select(text => CommandRun.RunAsync(["test", "-"], text)));
        Assert.True(runs.Sum(run => run.Lines.Count(line => line.StartsWith("ok", StringComparison.Ordinal))) >= 15);
        foreach (string word in (string[])["encrypt", "decrypt", "mask", "rewrap", "hash", "redact", "json", "form", "xml", "text", "query", "header", "cookie", "path", "tokens"])
            Assert.Contains(texts, text => Regex.IsMatch(text, $@"\b{word}: "));
    }

    [Fact]
    public void Reference_Warnings_NamesEveryCode()
    {
        string[] codes = [.. Enum.GetValues<RuleProblemCode>().Where(code => (int)code > 100).Select(code => new RuleProblem("", 1, 1, null, code, "").Name)];
        Assert.NotEmpty(codes);
        Assert.All(codes, code => Assert.Contains($"| `{code}` |", Reference, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Reference_Tools_NamesEveryCommandAndOption()
    {
        foreach (string command in (string[])["check", "test", "try", "explain", "schema"])
        {
            CommandRun help = await CommandRun.RunAsync([command, "--help"]);
            Assert.Contains($"`rules {command}", Reference, StringComparison.Ordinal);
            Assert.All(Option().Matches(help.Output).Select(match => match.Value).Where(option => option is not "--help"), option => Assert.Contains(option, Reference, StringComparison.Ordinal));
        }
    }

    [GeneratedRegex("^```yaml\n(?<text>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex("--[a-z-]+")]
    private static partial Regex Option();
}
