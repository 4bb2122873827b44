using System.Collections.Concurrent;
using E3.Relay.Rules.Bodies;
using E3.Relay.Rules.Documents;

namespace E3.Relay.Rules.Matching;

/// <summary>The rules that only observe. Each has a plan of its own, so that it meets no other rule's operations and says nothing about what passes.</summary>
internal sealed class ObservingRules
{
    private const int PlansMax = 4096;

    private readonly RuleModel[] _rules;
    private readonly RouteTree _routes = new();
    private readonly MaskTable _masks;
    private readonly ConcurrentDictionary<(int Rule, string Outcomes), RoutePlan> _plans = new();

    internal ObservingRules(IEnumerable<RuleModel> rules, MaskTable masks)
    {
        (_rules, _masks) = ([.. rules.Where(rule => rule.ObservesUntil is not null)], masks);
        for (int i = 0; i < _rules.Length; i++)
            _routes.Add(_rules[i].Path, i);
        All = [.. _rules.Select(rule => new ObservingRule(rule.Id, rule.ObservesUntil!.Value))];
    }

    internal IReadOnlyList<ObservingRule> All { get; }

    /// <summary>A plan for each rule that matches.</summary>
    internal IReadOnlyList<RequestPlan> Match(string method, string host, RequestTarget target, ICaller? caller)
    {
        if (_rules.Length == 0)
            return [];
        List<int> matched = [];
        _routes.Match(target.FoldedSegments, matched);
        HostName.TrySplit(host, out string? name, out _);
        matched.RemoveAll(index => !_rules[index].MatchesHost(name) || !_rules[index].MatchesMethod(method));
        return [.. matched.Select(index => new RequestPlan(PlanFor(index, caller), target, caller, []))];
    }

    private RoutePlan PlanFor(int index, ICaller? caller)
    {
        RuleModel rule = _rules[index];
        (int, string) key = (index, rule.Outcomes(caller));
        if (_plans.TryGetValue(key, out RoutePlan? plan))
            return plan;
        plan = new RoutePlan([rule.Decide(caller)], allowsUnmatchedBody: true, _masks);
        return _plans.Count < PlansMax ? _plans.GetOrAdd(key, plan) : plan;
    }
}
