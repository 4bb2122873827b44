using E3.Relay.Rules.Selectors;

namespace E3.Relay.Rules.Documents;

/// <summary>Reads the selectors of one operation.</summary>
/// <param name="problems">Receives the problems.</param>
/// <param name="more">Keys that the operation has among its selectors.</param>
internal sealed class SelectorReader(ProblemList problems, string[] more)
{
    private const int SelectorsMax = 256;
    private static readonly string[] Known = ["json", "form"];
    private static readonly string[] Unsupported = ["xml", "multipart", "query", "header", "cookie", "path", "text", "tokens", "namespaces", "format", "accept"];

    internal List<SelectorModel<JsonPath>> Json { get; } = [];

    internal List<SelectorModel<FormName>> Form { get; } = [];

    /// <summary>The keys of the mapping, for what stands among the selectors.</summary>
    internal MappingReader Keys { get; private set; } = null!;

    internal void Read(MappingNode node, string name, List<ScalarNode>? required)
    {
        MappingReader reader = Keys = new(node, $"'{name}'", [.. Known, .. more], Unsupported, problems);
        HashSet<string> names = required?.Select(text => text.Value).ToHashSet(StringComparer.Ordinal) ?? [];
        List<ScalarNode> json = Limited(reader.Texts("json")), form = Limited(reader.Texts("form"));
        foreach (ScalarNode text in json)
            ReadJson(text, names.Contains(text.Value));
        foreach (ScalarNode text in form)
            ReadForm(text, names.Contains(text.Value));
        JudgeRequired(required ?? [], json, form);
        if (!reader.Has("json") && !reader.Has("form") && !Unsupported.Any(reader.Has))
            problems.Add(node, RuleProblemCode.MissingKey, $"'{name}' selects nothing; it wants json, form or both");
    }

    private List<ScalarNode> Limited(List<ScalarNode>? texts)
    {
        if (texts?.Count > SelectorsMax)
            problems.Add(texts[SelectorsMax], RuleProblemCode.LimitExceeded, $"more than {SelectorsMax} selectors in one list; make another operation");
        return texts ?? [];
    }

    private void ReadJson(ScalarNode text, bool isRequired)
    {
        if (JsonPathParser.TryParse(text.Value, out JsonPath? path, out SelectorError? error))
            Json.Add(new(path, isRequired));
        else
            AddSelectorProblem(problems, text, error);
    }

    internal static void AddSelectorProblem(ProblemList problems, ScalarNode text, SelectorError error)
    {
        RuleProblemCode code = error.IsUnsupported ? RuleProblemCode.NotSupported : RuleProblemCode.InvalidSelector;
        problems.Add(text, code, $"JSONPath '{text.Value}', character {error.Position}: {error.Reason}");
    }

    private void ReadForm(ScalarNode text, bool isRequired)
    {
        FormName name = FormName.Parse(text.Value);
        if (name.Name.Contains('*', StringComparison.Ordinal))
            problems.Add(text, RuleProblemCode.InvalidSelector, $"form name '{text.Value}' has * before its end; * stands only at the end, for any names that begin so");
        else if (name.Name.Any(char.IsControl) || name.Name.Any(char.IsSurrogate) && !IsWellFormed(name.Name))
            problems.Add(text, RuleProblemCode.InvalidSelector, "a form name has no control characters and no lone surrogates");
        else if (name.Name.Length == 0 && !name.IsPrefix)
            problems.Add(text, RuleProblemCode.InvalidSelector, "an empty form name selects nothing");
        else
            Form.Add(new(name, isRequired));
    }

    private static bool IsWellFormed(string text) => !text.EnumerateRunes().Any(rune => rune.Value == 0xFFFD);

    private void JudgeRequired(List<ScalarNode> required, List<ScalarNode> json, List<ScalarNode> form)
    {
        foreach (ScalarNode text in required)
        {
            if (!json.Concat(form).Any(selector => selector.Value == text.Value))
                problems.Add(text, RuleProblemCode.InvalidValue, $"'required' names '{text.Value}', which is no selector of this operation; write it just as it stands there");
        }
    }
}
