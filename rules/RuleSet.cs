using E3.Relay.Rules.Bodies;
using E3.Relay.Rules.Documents;
using E3.Relay.Rules.Examples;
using E3.Relay.Rules.Matching;

namespace E3.Relay.Rules;

/// <summary>An immutable set of rules: what one listener applies at one time.</summary>
public sealed partial class RuleSet
{
    /// <summary>So many compiled plans are kept, and for each rule two more.</summary>
    private const int PlansMin = 4096;

    private readonly RuleModel[] _rules, _all;
    private readonly bool _passesUnmatched;
    private readonly RuleIndex _index;
    private readonly MaskTable _masks;
    private readonly ObservingRules _observing;
    private readonly PlanCache _plans;
    private readonly CallerCondition[][] _conditions;
    private readonly bool _asksWhoCalls;
    private readonly RoutePlan _unmatchedPlan, _passedPlan;

    internal RuleSet(string app, string digest, IReadOnlyList<RuleModel> rules, bool passesUnmatched)
    {
        (App, Digest, _all, _passesUnmatched) = (app, digest, [.. rules], passesUnmatched);
        _rules = [.. rules.Where(rule => rule.ObservesUntil is null)];
        (_index, _plans) = (new RuleIndex(_rules), new PlanCache(PlansMin + (2 * _rules.Length)));
        (_masks, _conditions) = (new MaskTable(_rules), [.. _rules.Select(rule => rule.Conditions.ToArray())]);
        _asksWhoCalls = _conditions.Any(conditions => conditions.Length > 0);
        BindsHeaders = _all.Any(rule => rule.Request.Concat(rule.Response).Any(operation => operation.Binds.Any(bind => bind.Header is not null)));
        _observing = new ObservingRules(rules, _masks);
        (_unmatchedPlan, _passedPlan) = (new RoutePlan([], false, _masks), new RoutePlan([], true, _masks));
    }

    /// <summary>No rules: every plan is empty and nothing is refused.</summary>
    public static RuleSet Empty { get; } = new("", "", [], true);

    /// <summary>The app whose keys the operations use.</summary>
    public string App { get; }

    /// <summary>SHA-256 over the sources, in lower-case hexadecimal digits; empty for <see cref="Empty"/>.</summary>
    public string Digest { get; }

    /// <summary>The number of rules that are applied; those that only observe are not among them.</summary>
    public int Count => _rules.Length;

    /// <summary>The examples of all rules, in order. Serving has no use for them.</summary>
    public IReadOnlyList<RuleExample> Examples => [.. _all.SelectMany(rule => rule.Examples)];

    /// <summary>The rules that only observe.</summary>
    public IReadOnlyList<ObservingRule> Observing => _observing.All;

    /// <summary>Whether a rule binds values of the request's header.</summary>
    public bool BindsHeaders { get; }

    /// <summary>The operations that apply to one request and its response.</summary>
    /// <param name="method">The method.</param>
    /// <param name="host">The Host field. One that is empty or no host could be any, so it matches every rule's hosts.</param>
    /// <param name="target">The accepted target.</param>
    /// <param name="caller">Who sends the request; null for nobody that is known, who has no claims.</param>
    /// <param name="lines">The header lines as they came; asked for where <see cref="BindsHeaders"/>. Without them no value of the header is found.</param>
    public RequestPlan Plan(string method, string host, RequestTarget target, ICaller? caller = null, IReadOnlyList<HeaderLine>? lines = null)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(target);
        if (lines is not null)
            target = target.With(lines);
        IndexList groups = new(stackalloc int[16]);
        _index.Match(method, host, target.FoldedSegments, ref groups, out RuleCounts others);
        RoutePlan plan = groups.Count > 0 ? PlanFor(ref groups, others, caller) : Passes(others) ? _passedPlan : _unmatchedPlan;
        groups.Dispose();
        return new RequestPlan(plan, target, caller, _observing.Match(method, host, target, caller));
    }

    /// <summary>
    /// On a path that has rules, a method that none of them names passes only when each of them says so; what the file says is about paths that have none.
    /// </summary>
    private bool Passes(RuleCounts others) => others.All > 0 ? others.Passing == others.All : _passesUnmatched;

    private RoutePlan PlanFor(ref IndexList groups, RuleCounts others, ICaller? caller)
    {
        // Rules for the answer alone do not speak for a body that the path's request rules name other methods for.
        bool passes = others.Covering == 0;
        int count = groups.Count;

        // Below zero, so that it also tells where the groups end: what follows must not make one key of two.
        groups.Add(passes ? -1 : -2);
        if (_asksWhoCalls)
            AddOutcomes(ref groups, count, caller);
        return _plans.Find(groups.Items) ?? _plans.Keep(groups.Items, Compile(groups.Items[..count], passes, caller));
    }

    /// <summary>What each condition of the rules says of the caller: of claims, compiled plans depend on nothing else.</summary>
    private void AddOutcomes(ref IndexList key, int groups, ICaller? caller)
    {
        for (int i = 0; i < groups; i++)
        {
            foreach (int number in _index.RulesOf(key.Items[i]))
            {
                foreach (CallerCondition condition in _conditions[number])
                    key.Add(condition.Holds(caller) ? 1 : 0);
            }
        }
    }

    private RoutePlan Compile(ReadOnlySpan<int> groups, bool passes, ICaller? caller) =>
        new([.. _index.RulesOf(groups).Select(number => _rules[number].Decide(caller))], passes, _masks);
}
