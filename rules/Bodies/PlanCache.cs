using System.Collections.Concurrent;
using E3.Relay.Rules.Matching;

namespace E3.Relay.Rules.Bodies;

/// <summary>
/// Compiled plans by what they were compiled for. Requests can be made to match very many sets of rules, so the plans are bounded: when there are too many,
/// those that were not asked for since the last time that there were are dropped.
/// </summary>
internal sealed class PlanCache(int plansMax)
{
    private readonly Lock _turning = new();
    private volatile ConcurrentDictionary<int[], RoutePlan> _recent = New(), _older = New();

    /// <summary>The plan, or null.</summary>
    internal RoutePlan? Find(ReadOnlySpan<int> key)
    {
        if (_recent.GetAlternateLookup<ReadOnlySpan<int>>().TryGetValue(key, out RoutePlan? plan))
            return plan;
        return _older.GetAlternateLookup<ReadOnlySpan<int>>().TryGetValue(key, out plan) ? Keep(key, plan) : null;
    }

    /// <summary>Keeps a plan.</summary>
    /// <returns>The one that is shared from now on.</returns>
    internal RoutePlan Keep(ReadOnlySpan<int> key, RoutePlan plan)
    {
        if (_recent.Count >= plansMax)
            Turn();
        return _recent.GetOrAdd(key.ToArray(), plan);
    }

    private void Turn()
    {
        lock (_turning)
        {
            if (_recent.Count >= plansMax)
                (_older, _recent) = (_recent, New());
        }
    }

    private static ConcurrentDictionary<int[], RoutePlan> New() => new(IndexListComparer.Instance);
}
