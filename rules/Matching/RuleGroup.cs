using E3.Relay.Rules.Documents;

namespace E3.Relay.Rules.Matching;

/// <summary>Rules of one path pattern that match the same hosts and methods.</summary>
internal sealed class RuleGroup
{
    private readonly List<int> _rules = [];

    /// <summary>The number of the list of rules: groups of the same rules have the same one.</summary>
    internal int Id { get; private set; } = -1;

    internal RuleCounts Counts { get; private set; }

    internal void Add(int number, RuleModel rule)
    {
        // A rule may name a method twice, or GET and HEAD.
        if (_rules.Count > 0 && _rules[^1] == number)
            return;
        _rules.Add(number);
        Counts += RuleCounts.Of(rule);
    }

    /// <summary>Gives the group its number once all rules were added.</summary>
    /// <param name="lists">The lists by number.</param>
    /// <param name="numbers">The numbers by list.</param>
    internal void Seal(List<int[]> lists, Dictionary<int[], int> numbers)
    {
        int[] rules = [.. _rules];
        if (!numbers.TryGetValue(rules, out int id))
        {
            numbers.Add(rules, id = lists.Count);
            lists.Add(rules);
        }

        Id = id;
    }
}
