using System.Text;

namespace E3.Relay.Rules.Tests.Documents;

public sealed class OperationWarningTests
{
    private const string Preserve = "preserve: {alphabet: digits, last: 4, key: 1}";

    private static RuleProblemCode[] Warnings(string file, DateOnly? today = null)
    {
        RuleLoadResult result = RuleLoader.Load([new RuleSource("a.yaml", Encoding.UTF8.GetBytes(file))], today);
        Assert.Empty(result.Problems);
        return [.. result.Warnings.Select(warning => warning.Code)];
    }

    [Theory]
    [InlineData("/orders/1", "mask: {json: [$.card], last: 4}, role: card", true)]
    [InlineData("/orders/*", "decrypt: {json: ['$..card']}, role: card, bind: ['path:1']", true)]
    [InlineData("/**", "decrypt: {json: [$.card]}, role: card, preserve: {alphabet: digits, last: 4, key: 2}", true)]
    [InlineData("/orders/*", "decrypt: {json: [$.card]}, role: card, " + Preserve, false)]
    [InlineData("/orders/*", "mask: {json: [$.name], last: 4}, role: card", false)]
    [InlineData("/elsewhere", "mask: {json: [$.card], last: 4}, role: card", false)]
    public void Load_PreservedFieldThatAResponseShows_Warns(string path, string operation, bool warns)
    {
        string file = $$"""
            app: shop
            rules:
              - {id: in, match: {path: "/orders/*", methods: [POST]}, request: [{encrypt: {json: [$.card]}, role: card, {{Preserve}}}]}
              - {id: out, match: {path: "{{path}}", methods: [GET]}, response: [{ {{operation}} }]}
            """;
        Assert.Equal(warns, Warnings(file).Contains(RuleProblemCode.PreservedAndShown));
    }

    [Theory]
    [InlineData("2030-06-15", false)]
    [InlineData("2030-06-14", true)]
    public void Load_ObservationBeyondItsDay_Warns(string until, bool warns)
    {
        string file = $"app: shop\nunmatched: pass\nrules:\n  - {{id: a, mode: observe, until: {until}, match: {{path: /a/**}}, request: [{{redact: {{json: [$.a]}}}}]}}\n";
        Assert.Equal(warns ? [RuleProblemCode.ObservationOverdue] : [], Warnings(file, new DateOnly(2030, 6, 15)));
        Assert.Empty(Warnings(file));
    }

    [Theory]
    [InlineData("", "", true)]
    [InlineData("unmatched: pass", "", false)]
    [InlineData("", "- {id: b, match: {path: /a/**}, request: [{redact: {json: [$.b]}}]}", false)]
    [InlineData("", "- {id: b, match: {path: /b/**}, request: [{redact: {json: [$.b]}}]}", true)]
    public void Load_ObservationOfBodiesThatAreRefused_Warns(string more, string other, bool warns)
    {
        string file = $"app: shop\n{more}\nrules:\n  - {{id: a, mode: observe, until: 2030-01-01, match: {{path: /a/**}}, request: [{{redact: {{json: [$.a]}}}}]}}\n  {other}\n";
        Assert.Equal(warns ? [RuleProblemCode.ObservesNothing] : [], Warnings(file));
    }
}
