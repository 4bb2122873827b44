namespace E3.Relay.Rules;

/// <summary>One mistake in a rule file, with its place and what to do about it.</summary>
/// <param name="File">The name of the source.</param>
/// <param name="Line">Line, counted from 1.</param>
/// <param name="Column">Column, counted from 1.</param>
/// <param name="RuleId">The rule in which the mistake is, when there is one.</param>
/// <param name="Code">The kind of mistake.</param>
/// <param name="Message">What is wrong and what to do.</param>
public sealed record RuleProblem(string File, int Line, int Column, string? RuleId, RuleProblemCode Code, string Message)
{
    /// <summary>The problem as one line: <c>file:line:column: rule 'id': message</c>.</summary>
    public override string ToString() =>
        RuleId is null ? $"{File}:{Line}:{Column}: {Message}" : $"{File}:{Line}:{Column}: rule '{RuleId}': {Message}";
}
