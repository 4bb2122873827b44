using E3.Relay.Rules;

namespace E3.Relay.Proxy.RuleCommands;

/// <summary>The rule files of a command line.</summary>
internal static class RuleFileSets
{
    /// <summary>Loads the files: each as a set of its own, as a listener does that has one, or together, as one that has all of them.</summary>
    /// <exception cref="CommandException">A file cannot be read.</exception>
    public static IReadOnlyList<RuleLoadResult> Load(CommandContext context, IReadOnlyList<string> paths, bool together)
    {
        RuleSource[] sources = [.. paths.Distinct(StringComparer.Ordinal).Select(path => new RuleSource(CommandContext.NameOf(path), context.Read(path)))];
        DateOnly today = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);
        return together ? [RuleLoader.Load(sources, today)] : [.. sources.Select(source => RuleLoader.Load([source], today))];
    }

    /// <summary>Loads the files, or writes what is wrong with them.</summary>
    /// <returns>The rules; null when there is a mistake, which is then written.</returns>
    public static IReadOnlyList<RuleSet>? LoadOrReport(CommandContext context, IReadOnlyList<string> paths, bool together)
    {
        IReadOnlyList<RuleLoadResult> loaded = Load(context, paths, together);
        RuleProblem[] problems = [.. loaded.SelectMany(result => result.Problems)];
        foreach (RuleProblem problem in problems)
            context.Error.WriteLine($"{problem} [{problem.Name}]");
        return problems.Length > 0 ? null : [.. loaded.Select(result => result.Rules!)];
    }
}
