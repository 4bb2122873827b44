using System.Text;
using E3.Relay.Rules;

namespace E3.Relay.Benchmarks.Rules;

/// <summary>Rule sets of any size, and what they are asked.</summary>
internal static class RuleFiles
{
    public const string Host = "shop.example.com";

    private const int RulesOfAFile = 2500;

    /// <summary>Files of so many rules together, each with what the function says of its number after <c>match:</c>.</summary>
    public static byte[][] Text(int rules, Func<int, string> match) => [.. Enumerable.Range(0, rules).Chunk(RulesOfAFile).Select(numbers => File(numbers, match))];

    private static byte[] File(int[] rules, Func<int, string> match)
    {
        StringBuilder text = new("app: shop\nrules:\n");
        foreach (int i in rules)
            text.Append($"  - {{id: rule-{i}, match: {{{match(i)}}}, request: [{{encrypt: {{json: [$.card.number], form: [card_number]}}, role: card}}]}}\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    public static RuleSet Load(params byte[][] files)
    {
        RuleLoadResult result = RuleLoader.Load([.. files.Select((file, i) => new RuleSource($"rules-{i}.yaml", file))]);
        return result.Rules ?? throw new InvalidOperationException(string.Join('\n', result.Problems));
    }

    public static RequestTarget Target(string raw) =>
        RequestTarget.TryParse(raw, Host, out RequestTarget? target, out TargetError error) ? target : throw new InvalidOperationException($"{raw}: {error}");

    /// <summary>The plan for bodies of this type under one rule on all paths.</summary>
    /// <param name="selectors">Such as <c>form: [a, b]</c>.</param>
    /// <param name="contentType">The bodies' type.</param>
    /// <param name="more">Another key of the rule.</param>
    public static BodyPlan BodyPlan(string selectors, string contentType, string more = "")
    {
        string file = $$"""
            app: shop
            rules:
              - id: all
                match: {path: /**}
                {{more}}
                request:
                  - encrypt: {{{selectors}}}
                    role: card
            """;
        BodyPlanResult result = Load(Encoding.UTF8.GetBytes(file)).Plan("POST", Host, Target("/orders")).ForRequest(contentType, true);
        return result.Plan ?? throw new InvalidOperationException($"No plan: {result.Refusal}.");
    }
}
