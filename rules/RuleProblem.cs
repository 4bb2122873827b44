namespace E3.Relay.Rules;

/// <summary>One mistake in a rule file, or something in it that is probably not meant, with its place and what to do about it.</summary>
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
    /// <summary>The stable name of the kind, such as <c>unknown-key</c>.</summary>
    public string Name { get; } = Kebab(Code.ToString());

    /// <summary>The problem as one line: <c>file:line:column: rule 'id': message</c>, a warning with <c>warning:</c> before the rule.</summary>
    public override string ToString() =>
        $"{File}:{Line}:{Column}: {(Severity == RuleProblemSeverity.Warning ? "warning: " : "")}{(RuleId is null ? "" : $"rule '{RuleId}': ")}{Message}";

    private static string Kebab(string name) =>
        string.Concat(name.Select((c, i) => char.IsAsciiLetterUpper(c) ? (i == 0 ? "" : "-") + char.ToLowerInvariant(c) : c.ToString()));
}
