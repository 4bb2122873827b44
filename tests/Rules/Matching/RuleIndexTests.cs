using System.Globalization;
using CsCheck;
using E3.Relay.Rules.Documents;
using E3.Relay.Rules.Matching;

namespace E3.Relay.Rules.Tests.Matching;

public sealed class RuleIndexTests
{
    [Fact]
    public void Match_AnyRules_FindsThoseOfEachRequestAsOneByOne()
    {
        Gen<string> host = GeneratedRules.OneOf([.. GeneratedRules.Hosts, "other.example", "A.Example.", "b.example:81", "", "a b"]);
        Gen<string> method = GeneratedRules.OneOf([.. GeneratedRules.Methods, "head", "PATCH"]);
        Gen<string[]> path = GeneratedRules.OneOf([.. GeneratedRules.Segments, "d"]).Array[0, 5];
        Gen.Select(GeneratedRules.Any, method, host, path).Sample((rules, method, host, path) =>
        {
            (int[] expected, RuleCounts expectedOthers) = MatchOneByOne(rules, method, host, path);
            IndexList groups = new(stackalloc int[1]);
            RuleIndex index = new(rules);
            index.Match(method, host, path, ref groups, out RuleCounts others);
            Assert.Equal(expected, index.RulesOf(groups.Items));
            Assert.Equal(expectedOthers, others);
            groups.Dispose();
        }, iter: 3000);
    }

    [Fact]
    public void Match_SameRulesUnderOtherHostsAndMethods_AreTheSameGroups()
    {
        RuleModel[] rules = Read("{id: one, match: {path: /a, hosts: [x.example, y.example], methods: [POST, PUT]}, request: [{encrypt: {json: [$.a]}, role: r}]}");
        RuleIndex index = new(rules);
        Assert.Equal(Groups(index, "POST", "x.example"), Groups(index, "put", "y.example:81"));
        Assert.Equal(Groups(index, "POST", "x.example"), Groups(index, "POST", ""));
        Assert.Empty(Groups(index, "POST", "z.example"));
    }

    [Fact]
    public void Plan_MoreSetsOfRulesThanPlansAreKept_StaysRight()
    {
        string rules = string.Concat(Enumerable.Range(0, 13).Select(i =>
            $"  - {{id: r{i}, match: {{path: \"{string.Concat(Enumerable.Range(0, 13).Select(j => i == j ? "/a" : "/*"))}\"}}, request: [{{encrypt: {{json: [$.f{i}]}}, role: r}}]}}\n"));
        RuleSet set = RulesUnderTest.Load("app: shop\nrules:\n" + rules);
        for (int round = 0; round < 2; round++)
        {
            for (int bits = 0; bits < 1 << 13; bits++)
            {
                RequestTarget target = RulesUnderTest.Target(string.Concat(Enumerable.Range(0, 13).Select(i => (bits >> i & 1) == 1 ? "/a" : "/b")));
                IEnumerable<string> expected = Enumerable.Range(0, 13).Where(i => (bits >> i & 1) == 1).Select(i => i.ToString(CultureInfo.InvariantCulture));
                BodyPlan? plan = set.Plan("POST", "", target).ForRequest("application/json", true).Plan;
                Assert.Equal(expected, plan?.Operations.Select(operation => operation.RuleId[1..]) ?? []);
            }
        }
    }

    [Fact]
    public void Plan_SameRequest_HasTheSamePlan()
    {
        RuleSet set = RulesUnderTest.Load(RulesUnderTest.Encrypt("json: [$.a]"));
        Assert.Same(set.Plan("POST", "", RulesUnderTest.Target("/a")).ForRequest("application/json", true).Plan, set.Plan("PUT", "x", RulesUnderTest.Target("/b")).ForRequest("application/json", true).Plan);
    }

    private static (int[] Rules, RuleCounts Others) MatchOneByOne(RuleModel[] rules, string method, string host, string[] path)
    {
        HostName.TrySplit(host, out string? name, out _);
        List<int> matched = [];
        RuleCounts others = default;
        for (int i = 0; i < rules.Length; i++)
        {
            if (!Matches(rules[i].Path.Segments, 0, path, 0) || (rules[i].Hosts.Count > 0 && name is not null && !rules[i].Hosts.Contains(name)))
                continue;
            if (rules[i].MatchesMethod(method))
                matched.Add(i);
            else
                others += RuleCounts.Of(rules[i]);
        }

        return ([.. matched], others);
    }

    internal static bool Matches(IReadOnlyList<string> pattern, int i, string[] path, int j)
    {
        if (i == pattern.Count)
            return j == path.Length;
        if (pattern[i] == PathPattern.Many)
            return Matches(pattern, i + 1, path, j) || (j < path.Length && Matches(pattern, i, path, j + 1));
        return j < path.Length && (pattern[i] == PathPattern.One || pattern[i] == path[j]) && Matches(pattern, i + 1, path, j + 1);
    }

    private static RuleModel[] Read(string rule)
    {
        RuleFile file = RuleFileReader.Read(new RuleSource("rules.yaml", System.Text.Encoding.UTF8.GetBytes($"app: shop\nrules:\n  - {rule}\n")));
        Assert.Empty(file.Problems.InOrder);
        return [.. file.Rules];
    }

    private static int[] Groups(RuleIndex index, string method, string host)
    {
        IndexList groups = new(stackalloc int[4]);
        index.Match(method, host, ["a"], ref groups, out _);
        return groups.Items.ToArray();
    }
}
