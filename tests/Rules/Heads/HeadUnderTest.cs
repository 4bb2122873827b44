using System.Text;

namespace E3.Relay.Rules.Tests.Heads;

/// <summary>Heads in a few words: lines are written as <c>Name: value</c>.</summary>
internal static class HeadUnderTest
{
    internal static HeadPlan RequestPlan(string selectors, string target = "/x", string more = "", string path = "/**") =>
        RulesUnderTest.PlanFor(File("request", $"encrypt: {{{selectors}}}", more, path), target).RequestHead!;

    internal static HeadPlan ResponsePlan(string selectors, string operation = "encrypt", string more = "") =>
        RulesUnderTest.PlanFor(File("response", $"{operation}: {{{selectors}}}", more, "/**")).ResponseHead!;

    internal static string File(string direction, string operation, string more = "", string path = "/**") =>
        RulesUnderTest.File($"{direction}:\n  - {operation}\n    role: card\n" + string.Join('\n', more.Split('\n').Select(line => "    " + line)), $"path: \"{path}\"");

    internal static HeaderLine[] Lines(params string[] lines) =>
        [.. lines.Select(line => new HeaderLine(line[..line.IndexOf(':', StringComparison.Ordinal)], line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].TrimStart(' ')))];

    internal static HeadSelection Select(this HeadPlan plan, params string[] lines)
    {
        bool selected = plan.TrySelect(Lines(lines), RuleLimits.Default, FakeTokens.Grammar, out HeadSelection? selection, out Refusal? refusal);
        Assert.True(selected, refusal?.ToString());
        return selection!;
    }

    internal static Refusal Refused(this HeadPlan plan, params string[] lines)
    {
        Assert.False(plan.TrySelect(Lines(lines), RuleLimits.Default, FakeTokens.Grammar, out HeadSelection? selection, out Refusal? refusal));
        Assert.Null(selection);
        return refusal!;
    }

    internal static string[] Values(this HeadPlan plan, params string[] lines)
    {
        using HeadSelection selection = plan.Select(lines);
        return [.. selection.Fields.Select(field => Encoding.UTF8.GetString(field.Value.Span))];
    }

    /// <summary>Writes every value as this one: the target, when it is another one, and then the lines.</summary>
    internal static string Rewrite(this HeadPlan plan, string value, params string[] lines)
    {
        using HeadSelection selection = plan.Select(lines);
        return selection.Write(value);
    }

    internal static string Write(this HeadSelection selection, string value, FieldType type = FieldType.String)
    {
        FieldReplacement[] replacements = [.. selection.Fields.Select(_ => RulesUnderTest.Replacement(value, type))];
        Assert.True(selection.TryWrite(replacements, out HeadEdit? edit, out Refusal? refusal), refusal?.ToString());
        return edit is null ? "" : string.Join('\n', new[] { edit.Target?.Forwarded }.Concat(edit.Lines.Select(line => $"{line.Name}: {line.Value}")).Where(line => line is not null));
    }

    internal static RefusalCode? WhyNotWritten(this HeadSelection selection, string value, FieldType type = FieldType.String)
    {
        FieldReplacement[] replacements = [.. selection.Fields.Select(_ => RulesUnderTest.Replacement(value, type))];
        selection.TryWrite(replacements, out HeadEdit? edit, out Refusal? refusal);
        Assert.True((refusal is null) == (edit is not null));
        return refusal?.Code;
    }
}
