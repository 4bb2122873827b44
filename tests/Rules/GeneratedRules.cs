using CsCheck;
using E3.Relay.Rules.Documents;

namespace E3.Relay.Rules.Tests;

/// <summary>Rule sets of few different paths, hosts, methods and operations, so that rules often meet.</summary>
internal static class GeneratedRules
{
    internal static readonly string[] Segments = ["a", "b", "c"];
    internal static readonly string[] Hosts = ["a.example", "b.example", "c.example"];
    internal static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT"];

    private static readonly string[] Operations =
    [
        "request: [{encrypt: {json: [$.a]}, role: r}]",
        "request: [{encrypt: {json: [$.a]}, role: s}]",
        "request: [{decrypt: {json: ['$..a'], form: [a]}, role: r}]",
        "request: [{encrypt: {form: ['a*']}, role: r}, {encrypt: {json: [$.b]}, role: s}]",
        "response: [{decrypt: {json: [$.a]}, role: r}]",
        "response: [{mask: {json: ['$.*'], last: 4}, role: r}]",
    ];

    private static readonly Gen<string> Path = OneOf([.. Segments, "d", "*", "**"]).Array[0, 6].Select(parts => "/" + string.Join('/', parts));

    private static readonly Gen<string> Match = Gen.Select(Path, Some(Hosts), Some(Methods), (path, hosts, methods) =>
        $"path: {path}{(hosts.Length > 0 ? $", hosts: [{string.Join(", ", hosts)}]" : "")}{(methods.Length > 0 ? $", methods: [{string.Join(", ", methods)}]" : "")}");

    private static readonly Gen<string> Rule = Gen.Select(Match, OneOf(Operations), Gen.Bool, (match, operations, passes) =>
        $"{(passes && match.Contains("methods", StringComparison.Ordinal) ? "unmatched: pass, " : "")}match: {{{match}}}, {operations}");

    /// <summary>The rules of a file, conflicts among them and all.</summary>
    internal static Gen<RuleModel[]> Any { get; } = Rule.Array[1, 12].Select(rules =>
    {
        string text = "app: shop\nrules:\n" + string.Concat(rules.Select((rule, i) => $"  - {{id: rule-{i}, {rule}}}\n"));
        RuleFile file = RuleFileReader.Read(new RuleSource("generated.yaml", System.Text.Encoding.UTF8.GetBytes(text)));
        Assert.Empty(file.Problems.InOrder);
        return file.Rules.ToArray();
    });

    private static Gen<string[]> Some(string[] of) => Gen.OneOf(Gen.Const(Array.Empty<string>()), OneOf(of).Array[1, 3]);

    internal static Gen<T> OneOf<T>(T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);
}
