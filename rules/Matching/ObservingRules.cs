using E3.Relay.Rules.Bodies;
using E3.Relay.Rules.Documents;

namespace E3.Relay.Rules.Matching;

/// <summary>The rules that only observe. Each has a plan of its own, so that it meets no other rule's operations and says nothing about what passes.</summary>
internal sealed class ObservingRules
{
    private const int PlansMin = 256;

    private readonly RuleModel[] _rules;
    private readonly RuleIndex _index;
    private readonly MaskTable _masks;
    private readonly PlanCache _plans;

    internal ObservingRules(IEnumerable<RuleModel> rules, MaskTable masks)
    {
        (_rules, _masks) = ([.. rules.Where(rule => rule.ObservesUntil is not null)], masks);
        (_index, _plans) = (new RuleIndex(_rules), new PlanCache(PlansMin + (2 * _rules.Length)));
        All = [.. _rules.Select(rule => new ObservingRule(rule.Id, rule.ObservesUntil!.Value))];
    }

    internal IReadOnlyList<ObservingRule> All { get; }

    /// <summary>A plan for each rule that matches.</summary>
    internal IReadOnlyList<RequestPlan> Match(string method, string host, RequestTarget target, ICaller? caller)
    {
        if (_rules.Length == 0)
            return [];
        IndexList groups = new(stackalloc int[16]);
        _index.Match(method, host, target.FoldedSegments, ref groups, out _);
        int[] matched = _index.RulesOf(groups.Items);
        groups.Dispose();
        return [.. matched.Select(number => new RequestPlan(PlanFor(number, caller), target, caller, []))];
    }

    private RoutePlan PlanFor(int number, ICaller? caller)
    {
        RuleModel rule = _rules[number];
        int[] key = [number, .. rule.Conditions.Select(condition => condition.Holds(caller) ? 1 : 0)];
        return _plans.Find(key) ?? _plans.Keep(key, new RoutePlan([rule.Decide(caller)], allowsUnmatchedBody: true, _masks));
    }
}
