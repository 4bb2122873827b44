using E3.Relay.Rules.Bodies;
using E3.Relay.Rules.Documents;
using E3.Relay.Rules.Matching;

namespace E3.Relay.Rules;

/// <summary>An immutable set of rules: what one listener applies at one time.</summary>
public sealed class RuleSet
{
    /// <summary>So many compiled plans are kept, and for each rule two more.</summary>
    private const int PlansMin = 4096;

    private readonly RuleModel[] _rules;
    private readonly bool _passesUnmatched;
    private readonly RuleIndex _index;
    private readonly Dictionary<string, MaskShape[]> _masks;
    private readonly PlanCache _plans;
    private readonly RoutePlan _unmatchedPlan, _passedPlan;

    internal RuleSet(string app, string digest, IReadOnlyList<RuleModel> rules, bool passesUnmatched)
    {
        (App, Digest, _rules, _passesUnmatched) = (app, digest, [.. rules], passesUnmatched);
        (_index, _plans) = (new RuleIndex(_rules), new PlanCache(PlansMin + (2 * _rules.Length)));
        _masks = _rules.SelectMany(rule => rule.Request.Concat(rule.Response)).Where(operation => operation.Action == FieldAction.Mask)
            .GroupBy(operation => operation.Role, operation => new MaskShape(operation.MaskFirst, operation.MaskLast), StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Distinct().ToArray(), StringComparer.Ordinal);
        (_unmatchedPlan, _passedPlan) = (new RoutePlan([], false, _masks), new RoutePlan([], true, _masks));
    }

    /// <summary>No rules: every plan is empty and nothing is refused.</summary>
    public static RuleSet Empty { get; } = new("", "", [], true);

    /// <summary>The app whose keys the operations use.</summary>
    public string App { get; }

    /// <summary>SHA-256 over the sources, in lower-case hexadecimal digits; empty for <see cref="Empty"/>.</summary>
    public string Digest { get; }

    /// <summary>The number of rules.</summary>
    public int Count => _rules.Length;

    /// <summary>The operations that apply to one request and its response.</summary>
    /// <param name="method">The method.</param>
    /// <param name="host">The Host field. One that is empty or no host could be any, so it matches every rule's hosts.</param>
    /// <param name="target">The accepted target.</param>
    public RequestPlan Plan(string method, string host, RequestTarget target)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(target);
        IndexList groups = new(stackalloc int[16]);
        _index.Match(method, host, target.FoldedSegments, ref groups, out RuleCounts others);
        RoutePlan plan = groups.Count > 0 ? PlanFor(ref groups, others) : Passes(others) ? _passedPlan : _unmatchedPlan;
        groups.Dispose();
        return new RequestPlan(plan, target);
    }

    /// <summary>
    /// On a path that has rules, a method that none of them names passes only when each of them says so; what the file says is about paths that have none.
    /// </summary>
    private bool Passes(RuleCounts others) => others.All > 0 ? others.Passing == others.All : _passesUnmatched;

    private RoutePlan PlanFor(ref IndexList groups, RuleCounts others)
    {
        // Rules for the answer alone do not speak for a body that the path's request rules name other methods for.
        bool passes = others.Covering == 0;
        int count = groups.Count;
        groups.Add(passes ? 1 : 0);
        return _plans.Find(groups.Items) ?? _plans.Keep(groups.Items, Compile(groups.Items[..count], passes));
    }

    private RoutePlan Compile(ReadOnlySpan<int> groups, bool passes) =>
        new([.. _index.RulesOf(groups).Select(number => _rules[number])], passes, _masks);
}
