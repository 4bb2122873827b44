using System.Text;
using System.Text.Json;
using E3.Relay.Proxy.Ciphers;
using E3.Relay.Rules;
using E3.Relay.Rules.Examples;

namespace E3.Relay.Proxy.RuleCommands;

/// <summary>Finds what a selector of an example selects in a body, by a rule that has this selector alone.</summary>
internal sealed class SelectorProbe
{
    private readonly RuleSet _rules;
    private readonly string _contentType;

    private SelectorProbe(RuleSet rules, string contentType) => (_rules, _contentType) = (rules, contentType);

    public static SelectorProbe For(string place, string selector, RuleExample example, string? contentType)
    {
        string quoted = Quote(selector);
        string names = example.ExactNames ? "\"names\": \"exact\", " : "";
        string namespaces = string.Join(", ", example.Namespaces.Select(pair => $"{Quote(pair.Key)}: {Quote(pair.Value)}"));
        string file = $$"""
            {"app": "probe", "rules": [{"id": "probe", "match": {"path": "/**"}, {{names}}"namespaces": { {{namespaces}} }, "request": [{"decrypt": {"{{place}}": [{{quoted}}]}, "role": "probe", "required": [{{quoted}}]}]}]}
            """;
        RuleLoadResult loaded = RuleLoader.Load([new RuleSource("probe", Encoding.UTF8.GetBytes(file))]);
        RuleSet rules = loaded.Rules ?? throw new InvalidOperationException($"The selector was judged when its example was read: {string.Join(' ', loaded.Problems)}");
        return new SelectorProbe(rules, place switch { "form" => "application/x-www-form-urlencoded", "xml" => "application/xml", _ => contentType ?? "application/json" });
    }

    private static string Quote(string text) => JsonSerializer.Serialize(text, RuleJson.Plain.String);

    /// <summary>What the selector selects: values in the order of the body, those inside of a selected object or array on their own, and no nulls.</summary>
    /// <param name="body">The body.</param>
    /// <returns>Null when there is nothing at all, not even a null.</returns>
    public IReadOnlyList<ProbedField>? Select(ReadOnlyMemory<byte> body)
    {
        if (!RequestTarget.TryParse("/", "probe", out RequestTarget? target, out _))
            return null;
        if (_rules.Plan("POST", "probe", target).ForRequest(_contentType, hasBody: true).Plan is not { } plan)
            return null;
        if (!plan.TrySelect(body, RuleLimits.Default, EngineTokenGrammar.Instance, out BodySelection selection, out _))
            return null;
        using (selection)
            return [.. selection.Fields.Select((field, i) => new ProbedField(selection.PlaceOf(i).Bytes, field.Type, Encoding.UTF8.GetString(field.Value.Span)))];
    }
}
