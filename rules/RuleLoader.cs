using System.Buffers.Binary;
using System.Security.Cryptography;
using E3.Relay.Rules.Documents;

namespace E3.Relay.Rules;

/// <summary>Reads rule files into a rule set.</summary>
public static class RuleLoader
{
    /// <summary>Reads all sources as one rule set, or reports every mistake in them.</summary>
    /// <param name="sources">The files.</param>
    /// <param name="today">The day of now in UTC, for a warning of rules that observe beyond their day; null for none.</param>
    public static RuleLoadResult Load(IReadOnlyList<RuleSource> sources, DateOnly? today = null)
    {
        ArgumentNullException.ThrowIfNull(sources);
        if (sources.Count == 0)
            return new RuleLoadResult(RuleSet.Empty, [], []);
        RuleFile[] files = [.. sources.Select(RuleFileReader.Read)];
        JudgeApps(files);
        JudgeIds(files);
        RuleModel[] rules = [.. files.SelectMany(file => file.Rules)];
        Dictionary<RuleModel, ProblemList> problemsOf = ProblemsByRule(files);
        FindConflicts(problemsOf, rules);
        BoundSegmentFinder.Find(rules, (operation, rule, message) => problemsOf[rule].Add(operation.Node, rule.Id, RuleProblemCode.InvalidValue, message));
        bool passesUnmatched = files.All(file => file.PassesUnmatched);
        Action<DocumentNode, RuleModel, RuleProblemCode, string> warn = (node, rule, code, message) => problemsOf[rule].Warn(node, rule.Id, code, message);
        SearchBudget budget = new();
        new WarningFinder(rules, budget, warn).Find(passesUnmatched);
        new OperationWarningFinder(rules, budget, warn).Find(passesUnmatched, today);
        if (budget.IsSpent)
            problemsOf[rules[^1]].Warn(rules[^1].PathNode, null, RuleProblemCode.WarningsIncomplete, "too many selectors could meet to compare them all, and some warnings may be missing; give rules paths or hosts of their own");
        ILookup<RuleProblemSeverity, RuleProblem> problems = files.SelectMany(file => file.Problems.InOrder).ToLookup(problem => problem.Severity);
        RuleProblem[] mistakes = [.. problems[RuleProblemSeverity.Error]], warnings = [.. problems[RuleProblemSeverity.Warning]];
        if (mistakes.Length > 0)
            return new RuleLoadResult(null, mistakes, warnings);
        return new RuleLoadResult(new RuleSet(files[0].App!, Digest(sources), rules, passesUnmatched), [], warnings);
    }

    private static Dictionary<RuleModel, ProblemList> ProblemsByRule(RuleFile[] files)
    {
        Dictionary<RuleModel, ProblemList> problemsOf = new(ReferenceEqualityComparer.Instance);
        foreach (RuleFile file in files)
        {
            foreach (RuleModel rule in file.Rules)
                problemsOf.Add(rule, file.Problems);
        }

        return problemsOf;
    }

    private static void FindConflicts(Dictionary<RuleModel, ProblemList> problemsOf, RuleModel[] rules)
    {
        SearchBudget budget = new();
        ConflictFinder finder = new(budget, (operation, rule, message) =>
            problemsOf[rule].Add(operation.Node, rule.Id, RuleProblemCode.ConflictingOperations, message + "; leave it to one of the two"));
        finder.Find([.. rules.Where(rule => rule.ObservesUntil is null)]);
        foreach (RuleModel observing in rules.Where(rule => rule.ObservesUntil is not null))
            finder.Find([observing]);
        if (budget.IsFull)
            problemsOf[rules[^1]].End(RuleProblemCode.ConflictingOperations, $"more than {SearchBudget.ReportsMax} pairs of operations select the same values, and the others are left out here; mend these first");
        else if (budget.IsSpent)
            problemsOf[rules[^1]].End(RuleProblemCode.LimitExceeded, "too many selectors could meet on the same requests to compare them all; give rules paths, hosts or methods of their own, or put selectors with the same operation into one");
    }

    private static void JudgeApps(RuleFile[] files)
    {
        RuleFile? first = files.FirstOrDefault(file => file.App is not null);
        foreach (RuleFile file in files)
        {
            if (file.AppNode is { } node && file.App != first!.App)
                file.Problems.Add(node, RuleProblemCode.DifferentApps, $"app '{file.App}' is not '{first.App}', the app of {first.Problems.File}; rules that are loaded together are for one app");
        }
    }

    private static void JudgeIds(RuleFile[] files)
    {
        Dictionary<string, string> seen = new(StringComparer.Ordinal);
        foreach (RuleFile file in files)
        {
            foreach (ScalarNode id in file.Ids)
            {
                if (!seen.TryAdd(id.Value, $"{file.Problems.File}:{id.Line}"))
                    file.Problems.Add(id, id.Value, RuleProblemCode.DuplicateRuleId, $"the id '{id.Value}' is taken by the rule at {seen[id.Value]}; choose another");
            }
        }
    }

    /// <summary>SHA-256 over name and content of each source, each with its length before it.</summary>
    private static string Digest(IReadOnlyList<RuleSource> sources)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (RuleSource source in sources)
        {
            Append(hash, System.Text.Encoding.UTF8.GetBytes(source.Name));
            Append(hash, source.Utf8.Span);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Append(IncrementalHash hash, ReadOnlySpan<byte> bytes)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
