using E3.Relay.Rules;

namespace E3.Relay.Fuzz.Targets;

/// <summary>The input is a rule file. It is loaded or refused with problems, and what is loaded can be asked for plans.</summary>
internal sealed class RulesTarget : IFuzzTarget
{
    private static readonly string?[] ContentTypes = [null, "application/json", "application/x-www-form-urlencoded", "text/plain"];

    public string Name => "rules";

    public IEnumerable<byte[]> Seeds => [];

    public IEnumerable<byte[]> Words =>
    [
        [.. "app: shop\n"u8], [.. "rules:\n"u8], [.. "  - id: a\n"u8], [.. "    match: {path: /**}\n"u8], [.. "    request:\n"u8], [.. "    response:\n"u8], [.. "      - encrypt: {json: [$.a]}\n"u8],
        [.. "      - decrypt: {form: [a]}\n"u8], [.. "      - mask: {json: ['$..a'], last: 4}\n"u8], [.. "        role: card\n"u8], [.. "        bind: [\"path:1\"]\n"u8], [.. "unmatched: pass\n"u8],
        [.. "$..*"u8], [.. "$['a','b']"u8], [.. "$[0]"u8], [.. "$.list[?@.kind==1]"u8], [.. "otherTypes: pass"u8], [.. "names: exact"u8], [.. "required: [$.a]"u8], [.. "hosts: [a.example]"u8], [.. "methods: [POST]"u8],
    ];

    public int Run(ReadOnlyMemory<byte> input)
    {
        RuleLoadResult result = RuleLoader.Load([new RuleSource("fuzzed.yaml", input)]);
        BrokenException.Unless((result.Rules is null) == (result.Problems.Count > 0), "a file is loaded, or there are problems");
        if (result.Rules is not { } rules)
            return 1000 + result.Problems.Aggregate(0, static (codes, problem) => codes | (1 << ((int)problem.Code % 24)));
        RequestPlan plan = rules.Plan("POST", "a.example", BodyRules.Target);
        int plans = 0;
        foreach (string? contentType in ContentTypes)
        {
            plans += plan.ForRequest(contentType, true).Plan?.Operations.Count ?? 0;
            plans += plan.ForResponse(contentType, true).Plan?.Operations.Count ?? 0;
        }

        return Math.Min(plans, 900);
    }

    public void Dispose()
    {
        // Nothing is held.
    }
}
