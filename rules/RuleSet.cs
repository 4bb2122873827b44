using System.Collections.Concurrent;
using System.Text;
using E3.Relay.Rules.Bodies;
using E3.Relay.Rules.Documents;
using E3.Relay.Rules.Matching;

namespace E3.Relay.Rules;

/// <summary>An immutable set of rules: what one listener applies at one time.</summary>
public sealed class RuleSet
{
    /// <summary>Paths can be made to match many different sets of rules: so many compiled plans are kept.</summary>
    private const int PlansMax = 4096;

    private readonly RuleModel[] _rules;
    private readonly bool _passesUnmatched;
    private readonly RouteTree _routes = new();
    private readonly MaskTable _masks;
    private readonly ConcurrentDictionary<string, RoutePlan> _plans = new(StringComparer.Ordinal);
    private readonly RoutePlan _unmatchedPlan, _passedPlan;

    internal RuleSet(string app, string digest, IReadOnlyList<RuleModel> rules, bool passesUnmatched)
    {
        (App, Digest, _rules, _passesUnmatched) = (app, digest, [.. rules.Where(rule => rule.ObservesUntil is null)], passesUnmatched);
        for (int i = 0; i < _rules.Length; i++)
            _routes.Add(_rules[i].Path, i);
        _masks = new MaskTable(_rules);
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

    /// <summary>The operations that apply to one request and its response.</summary>
    /// <param name="method">The method.</param>
    /// <param name="host">The Host field. One that is empty or no host could be any, so it matches every rule's hosts.</param>
    /// <param name="target">The accepted target.</param>
    /// <param name="caller">Who sends the request; null for nobody that is known, who has no claims.</param>
    public RequestPlan Plan(string method, string host, RequestTarget target, ICaller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(target);
        List<int> matched = [];
        _routes.Match(target.FoldedSegments, matched);
        bool passes = _passesUnmatched;
        if (matched.Count > 0)
            Narrow(matched, method, host, ref passes);
        if (matched.Count == 0)
            return new RequestPlan(passes ? _passedPlan : _unmatchedPlan, target, caller);
        return new RequestPlan(PlanFor(matched, passes, caller), target, caller);
    }

    /// <summary>
    /// Leaves the rules that match host and method too. On a path that has rules, a method that none of them names passes only when each of them says so;
    /// what the file says is about paths that have none.
    /// </summary>
    private void Narrow(List<int> matched, string method, string host, ref bool passes)
    {
        HostName.TrySplit(host, out string? name, out _);
        int kept = 0, others = 0, passing = 0, uncovered = 0;
        for (int i = 0; i < matched.Count; i++)
        {
            RuleModel rule = _rules[matched[i]];
            if (!rule.MatchesHost(name))
                continue;
            if (rule.MatchesMethod(method))
            {
                matched[kept++] = matched[i];
                continue;
            }

            others++;
            passing += rule.PassesOtherMethods ? 1 : 0;
            uncovered += rule.PassesOtherMethods || rule.Request.Count == 0 ? 0 : 1;
        }

        matched.RemoveRange(kept, matched.Count - kept);
        // Rules for the answer alone do not speak for a body that the path's request rules name other methods for.
        if (kept > 0)
            passes = uncovered == 0;
        else if (others > 0)
            passes = passing == others;
    }

    private RoutePlan PlanFor(List<int> matched, bool passes, ICaller? caller)
    {
        string key = $"{passes} {string.Join(',', matched)} {Outcomes(matched, caller)}";
        if (_plans.TryGetValue(key, out RoutePlan? plan))
            return plan;
        plan = new RoutePlan([.. matched.Select(index => _rules[index].Decide(caller))], passes, _masks);
        return _plans.Count < PlansMax ? _plans.GetOrAdd(key, plan) : plan;
    }

    /// <summary>What each condition of the rules says of the caller: of claims, compiled plans depend on nothing else.</summary>
    private string Outcomes(List<int> matched, ICaller? caller)
    {
        StringBuilder? outcomes = null;
        foreach (int index in matched)
        {
            foreach (CallerCondition condition in _rules[index].Conditions)
                (outcomes ??= new StringBuilder()).Append(condition.Holds(caller) ? '1' : '0');
        }

        return outcomes?.ToString() ?? "";
    }
}
