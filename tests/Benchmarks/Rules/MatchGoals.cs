using E3.Relay.Benchmarks.Running;
using E3.Relay.Rules;

namespace E3.Relay.Benchmarks.Rules;

/// <summary>What it costs to find the rules of a request, by how many rules there are.</summary>
internal static class MatchGoals
{
    private const int Few = 10, Many = 10_000, Batch = 100;
    private const double AtMostTwice = 0.5;
    private static readonly TimeSpan Limit = TimeSpan.FromMicroseconds(2);

    public static IEnumerable<RuleGoal> All()
    {
        RuleGoal[] paths = Pair("match.paths", Paths(Few, Few), Paths(Many, Few)), hosts = Pair("match.hosts", Hosts(Few), Hosts(Many)), methods = Pair("match.methods", Methods(Few), Methods(Many));
        Side limit = WorkSide.Fixed("2 µs a request", Limit);
        return [.. paths, new("match.paths.all-in-turn.2us", 1, Paths(Many, Many), limit), new("match.paths.2us-with-target", 1, Parsed(Many), limit), .. hosts, .. methods];
    }

    private static RuleGoal[] Pair(string name, Side few, Side many) =>
        [new(name, AtMostTwice, many, few), new($"{name}.2us", 1, many, WorkSide.Fixed("2 µs a request", Limit))];

    // As many requests in turn with few rules and with many: the size of the processor's cache is another matter.
    private static Side Paths(int rules, int requests)
    {
        RuleSet set = RuleFiles.Load(RuleFiles.Text(rules, i => $"path: /shop/area-{i}/orders/*"));
        RequestTarget[] targets = [.. Enumerable.Range(0, requests).Select(i => RuleFiles.Target($"/shop/area-{i * (rules / requests)}/orders/1"))];
        return WorkSide.Of($"{rules} rules, {requests} of them asked for", i => Check(set.Plan("POST", RuleFiles.Host, targets[i % requests])), Batch);
    }

    private static Side Parsed(int rules)
    {
        RuleSet set = RuleFiles.Load(RuleFiles.Text(rules, i => $"path: /shop/area-{i}/orders/*"));
        string[] raw = [.. Enumerable.Range(0, Few).Select(i => $"/shop/area-{i * (rules / Few)}/orders/1")];
        return WorkSide.Of($"{rules} rules, target read", i => Check(set.Plan("POST", RuleFiles.Host, RuleFiles.Target(raw[i % Few]))), Batch);
    }

    private static Side Hosts(int rules)
    {
        RuleSet set = RuleFiles.Load(RuleFiles.Text(rules, i => $"path: /orders/**, hosts: [shop-{i}.example.com]"));
        string[] hosts = [.. Enumerable.Range(0, Few).Select(i => $"shop-{i * (rules / Few)}.example.com")];
        RequestTarget target = RuleFiles.Target("/orders/1");
        return WorkSide.Of($"{rules} rules of as many hosts", i => Check(set.Plan("POST", hosts[i % Few], target)), Batch);
    }

    private static Side Methods(int rules)
    {
        RuleSet set = RuleFiles.Load(RuleFiles.Text(rules, i => $"path: /orders/**, methods: [M{i}]"));
        string[] methods = [.. Enumerable.Range(0, Few).Select(i => $"M{i * (rules / Few)}")];
        RequestTarget target = RuleFiles.Target("/orders/1");
        return WorkSide.Of($"{rules} rules of as many methods", i => Check(set.Plan(methods[i % Few], RuleFiles.Host, target)), Batch);
    }

    private static void Check(RequestPlan plan)
    {
        if (!plan.HasRequestRules)
            throw new InvalidOperationException("No rule matched.");
    }
}
