using E3.Relay.Rules;
using E3.Relay.Rules.Examples;

namespace E3.Relay.Proxy.RuleCommands;

/// <summary><c>rules test</c>: runs the examples of all files.</summary>
internal static class TestCommand
{
    private const int Red = 31, Green = 32;

    public static async Task<CommandExit> RunAsync(CommandContext context, IReadOnlyList<string> paths, bool together, CancellationToken cancellationToken)
    {
        if (RuleFileSets.LoadOrReport(context, paths, together) is not { } sets)
            return CommandExit.Failed;
        int passed = 0, failed = 0;
        foreach (RuleSet rules in sets)
        {
            foreach (RuleExample example in rules.Examples)
            {
                IReadOnlyList<string> failures = await ExampleRunner.RunAsync(rules.ApplyObserving(example.RuleId), example, cancellationToken);
                (passed, failed) = failures.Count == 0 ? (passed + 1, failed) : (passed, failed + 1);
                Write(context, example, failures);
            }
        }

        context.Output.WriteLine(context.Paint(failed > 0 ? Red : Green, $"{passed + failed} {(passed + failed == 1 ? "example" : "examples")}: {passed} passed, {failed} failed"));
        context.Output.WriteLine(TryCommand.Disclaimer);
        return failed > 0 ? CommandExit.Failed : CommandExit.Success;
    }

    private static void Write(CommandContext context, RuleExample example, IReadOnlyList<string> failures)
    {
        string verdict = failures.Count == 0 ? context.Paint(Green, "ok  ") : context.Paint(Red, "FAIL");
        context.Output.WriteLine($"{verdict} {example.File}:{example.Line} {example.RuleId}{(example.Name is null ? "" : $": {example.Name}")}");
        foreach (string line in failures)
            context.Output.WriteLine($"     {line}");
    }
}
