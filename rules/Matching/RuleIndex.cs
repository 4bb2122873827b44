using E3.Relay.Rules.Documents;

namespace E3.Relay.Rules.Matching;

/// <summary>All rules of a set by path, host and method: finding those of a request costs what the path is long and how many patterns match it, however many rules there are.</summary>
internal sealed class RuleIndex
{
    private readonly RouteTree _tree = new();
    private readonly HostTable?[] _tables;
    private readonly List<int[]> _groups = [];

    internal RuleIndex(IReadOnlyList<RuleModel> rules)
    {
        int[] nodes = [.. rules.Select(rule => _tree.Add(rule.Path))];
        _tables = new HostTable?[_tree.Count];
        for (int i = 0; i < nodes.Length; i++)
            (_tables[nodes[i]] ??= new HostTable()).Add(i, rules[i]);
        Dictionary<int[], int> numbers = new(IndexListComparer.Instance);
        foreach (HostTable? table in _tables)
            table?.Seal(_groups, numbers);
    }

    /// <summary>Finds the groups of rules that match a request.</summary>
    /// <param name="method">The method.</param>
    /// <param name="host">The Host field.</param>
    /// <param name="segments">The folded segments of the path.</param>
    /// <param name="groups">Receives the numbers of the groups, ascending: the same rules are always the same numbers.</param>
    /// <param name="others">How many rules match by path and host and name other methods.</param>
    internal void Match(string method, string host, IReadOnlyList<string> segments, ref IndexList groups, out RuleCounts others)
    {
        others = default;
        IndexList ends = new(stackalloc int[16]);
        _tree.Match(segments, ref ends);
        if (ends.Count > 0)
        {
            HostName.TrySplit(host, out string? name, out _);
            foreach (int end in ends.Items)
                _tables[end]?.Match(method, name, ref groups, ref others);
            groups.Items.Sort();
        }

        ends.Dispose();
    }

    /// <summary>The numbers of the rules of one group, ascending.</summary>
    internal ReadOnlySpan<int> RulesOf(int group) => _groups[group];

    /// <summary>The numbers of the rules of these groups, ascending.</summary>
    internal int[] RulesOf(ReadOnlySpan<int> groups)
    {
        List<int> rules = [];
        foreach (int group in groups)
            rules.AddRange(_groups[group]);
        rules.Sort();
        return [.. rules];
    }
}
