using E3.Relay.Benchmarks.Running;

namespace E3.Relay.Benchmarks.Rules;

/// <summary>What it costs to load a rule, by how many rules there are: as much as with few, when loading is linear. The table has the time for each.</summary>
internal static class LoadGoals
{
    private const int Few = 1000, Many = 10_000;

    public static IEnumerable<RuleGoal> All()
    {
        yield return new("load.paths", null, Load(Many, Paths), Load(Few, Paths));
        yield return new("load.hosts", null, Load(Many, Hosts), Load(Few, Hosts));

        static string Paths(int i) => $"path: /shop/area-{i}/orders/*, methods: [POST, PUT]";
        static string Hosts(int i) => $"path: /orders/**, hosts: [shop-{i}.example.com]";
    }

    private static Side Load(int rules, Func<int, string> match)
    {
        byte[][] files = RuleFiles.Text(rules, match);
        Side whole = WorkSide.Of($"{rules} rules", _ => RuleFiles.Load(files));
        return whole with { RunAsync = async round => PerRule(await whole.RunAsync(round), rules) };
    }

    private static Sample PerRule(Sample sample, int rules) => new(sample.PerSecond * rules, sample.P50 / rules, sample.P99 / rules, sample.BytesPerUnit / rules);
}
