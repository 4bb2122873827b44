using E3.Relay.Rules.Documents;

namespace E3.Relay.Rules.Matching;

/// <summary>What rules say of methods that they do not name.</summary>
/// <param name="All">How many rules these are.</param>
/// <param name="Passing">How many of them let a body with another method pass.</param>
/// <param name="Covering">How many of them have operations on requests and do not let it pass.</param>
internal readonly record struct RuleCounts(int All, int Passing, int Covering)
{
    internal static RuleCounts Of(RuleModel rule) => new(1, rule.PassesOtherMethods ? 1 : 0, rule.PassesOtherMethods || rule.Request.Count == 0 ? 0 : 1);

    public static RuleCounts operator +(RuleCounts a, RuleCounts b) => new(a.All + b.All, a.Passing + b.Passing, a.Covering + b.Covering);

    public static RuleCounts operator -(RuleCounts a, RuleCounts b) => new(a.All - b.All, a.Passing - b.Passing, a.Covering - b.Covering);
}
