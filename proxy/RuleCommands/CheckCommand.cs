using System.Text.Json;
using E3.Relay.Rules;

namespace E3.Relay.Proxy.RuleCommands;

/// <summary><c>rules check</c>: every mistake and warning of all files.</summary>
internal static class CheckCommand
{
    private const int Red = 31, Yellow = 33, Green = 32;

    public static CommandExit Run(CommandContext context, IReadOnlyList<string> paths, bool together, bool warningsAsErrors, bool asJson)
    {
        RuleProblem[] problems = [.. RuleFileSets.Load(context, paths, together).SelectMany(result => result.Problems.Concat(result.Warnings))
            .OrderBy(problem => problem.File, StringComparer.Ordinal).ThenBy(problem => problem.Line).ThenBy(problem => problem.Column)];
        int warnings = problems.Count(problem => problem.Severity == RuleProblemSeverity.Warning), errors = problems.Length - warnings;
        int files = paths.Distinct(StringComparer.Ordinal).Count();
        if (asJson)
            context.Output.WriteLine(JsonSerializer.Serialize(new CheckReport(files, errors, warnings, [.. problems.Select(Report)]), RuleJson.Plain.CheckReport));
        else
            Write(context, problems, files, errors, warnings, together);
        return errors > 0 || (warningsAsErrors && warnings > 0) ? CommandExit.Failed : CommandExit.Success;
    }

    private static void Write(CommandContext context, RuleProblem[] problems, int files, int errors, int warnings, bool together)
    {
        foreach (RuleProblem problem in problems)
        {
            string severity = problem.Severity == RuleProblemSeverity.Warning ? context.Paint(Yellow, "warning") : context.Paint(Red, "error");
            string rule = problem.RuleId is null ? "" : $"rule '{problem.RuleId}': ";
            context.Output.WriteLine($"{problem.File}:{problem.Line}:{problem.Column}: {severity}: {rule}{problem.Message} [{problem.Name}]");
        }

        string how = files == 1 ? "" : together ? " together" : ", each on its own";
        string summary = $"{Count(files, "file")}{how}: {Count(errors, "error")}, {Count(warnings, "warning")}";
        context.Output.WriteLine(context.Paint(errors > 0 ? Red : warnings > 0 ? Yellow : Green, summary));
    }

    private static string Count(int number, string what) => number == 1 ? $"1 {what}" : $"{number} {what}s";

    private static CheckedProblem Report(RuleProblem problem) => new(
        problem.File, problem.Line, problem.Column, problem.Severity == RuleProblemSeverity.Warning ? "warning" : "error", problem.Name, problem.RuleId, problem.Message);
}
