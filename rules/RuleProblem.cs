using System.Globalization;

namespace E3.Relay.Rules;

/// <summary>
/// One mistake in a rule file, or something in it that is probably not meant, with its place and what to do about it. What it quotes of the file is shown without characters that a
/// terminal or a log would act on.
/// </summary>
/// <param name="File">The name of the source.</param>
/// <param name="Line">Line, counted from 1.</param>
/// <param name="Column">Column, counted from 1.</param>
/// <param name="RuleId">The rule in which the mistake is, when there is one.</param>
/// <param name="Code">The kind of mistake.</param>
/// <param name="Message">What is wrong and what to do.</param>
/// <param name="Severity">Whether the rules load all the same.</param>
public sealed record RuleProblem(
    string File, int Line, int Column, string? RuleId, RuleProblemCode Code, string Message, RuleProblemSeverity Severity = RuleProblemSeverity.Error)
{
    /// <summary>The rule in which the mistake is, when there is one.</summary>
    public string? RuleId { get; init; } = RuleId is null ? null : Printable(RuleId);

    /// <summary>What is wrong and what to do.</summary>
    public string Message { get; init; } = Printable(Message);

    /// <summary>The stable name of the kind, such as <c>unknown-key</c>.</summary>
    public string Name { get; } = Kebab(Code.ToString());

    /// <summary>The problem as one line: <c>file:line:column: rule 'id': message</c>, a warning with <c>warning:</c> before the rule.</summary>
    public override string ToString() =>
        $"{File}:{Line}:{Column}: {(Severity == RuleProblemSeverity.Warning ? "warning: " : "")}{(RuleId is null ? "" : $"rule '{RuleId}': ")}{Message}";

    private static string Printable(string text) => text.Any(IsActedOn) ? string.Concat(text.Select(c => IsActedOn(c) ? '\uFFFD' : c)) : text;

    private static bool IsActedOn(char c) =>
        char.IsControl(c) || char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static string Kebab(string name) =>
        string.Concat(name.Select((c, i) => char.IsAsciiLetterUpper(c) ? (i == 0 ? "" : "-") + char.ToLowerInvariant(c) : c.ToString()));
}
