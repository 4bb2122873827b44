using E3.Relay.Rules.Documents;

namespace E3.Relay.Rules.Matching;

/// <summary>The rules of one path pattern and one host by their methods.</summary>
internal sealed class MethodTable
{
    private readonly Dictionary<string, RuleGroup> _named = new(StringComparer.OrdinalIgnoreCase);
    private RuleGroup? _any;
    private RuleCounts _counts;

    internal void Add(int number, RuleModel rule)
    {
        if (rule.Methods.Count == 0)
        {
            (_any ??= new RuleGroup()).Add(number, rule);
            return;
        }

        _counts += RuleCounts.Of(rule);
        foreach (string method in rule.Methods)
            GroupOf(method).Add(number, rule);
        if (rule.MatchesMethod("HEAD"))
            GroupOf("HEAD").Add(number, rule);
    }

    /// <summary>Adds the groups of rules that match, and counts the rules that name other methods alone.</summary>
    internal void Match(string method, ref IndexList groups, ref RuleCounts others)
    {
        if (_any is not null)
            groups.Add(_any.Id);
        others += _counts;
        if (!_named.TryGetValue(method, out RuleGroup? named))
            return;
        groups.Add(named.Id);
        others -= named.Counts;
    }

    internal void Seal(List<int[]> lists, Dictionary<int[], int> numbers)
    {
        _any?.Seal(lists, numbers);
        foreach (RuleGroup group in _named.Values)
            group.Seal(lists, numbers);
    }

    private RuleGroup GroupOf(string method)
    {
        if (!_named.TryGetValue(method, out RuleGroup? group))
            _named.Add(method, group = new RuleGroup());
        return group;
    }
}
