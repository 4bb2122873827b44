using E3.Relay.Rules.Grammar;
using E3.Relay.Rules.Selectors;
using E3.Relay.Rules.Xml;

namespace E3.Relay.Rules.Documents;

/// <summary>Reads the selectors of one operation.</summary>
/// <param name="problems">Receives the problems.</param>
/// <param name="namespaces">Namespaces by the prefix that XPath selectors name them by.</param>
/// <param name="head">Reads those that select in heads.</param>
internal sealed class SelectorReader(ProblemList problems, IReadOnlyDictionary<string, string> namespaces, HeadSelectorReader head)
{
    internal List<SelectorModel<JsonPath>> Json { get; } = [];

    internal List<SelectorModel<FormName>> Form { get; } = [];

    internal List<SelectorModel<XmlPath>> Xml { get; } = [];

    internal List<SelectorModel<FormName>> Multipart { get; } = [];

    /// <summary>The whole body is selected where it is a sealed file.</summary>
    internal bool Body { get; private set; }

    internal List<SelectorModel<TextPattern>> Text { get; } = [];

    /// <summary>Every token in a body is selected, wherever it stands.</summary>
    internal bool Tokens { get; private set; }

    internal HeadSelectors Head => head.Selectors;

    /// <summary>The keys of the mapping, for what stands among the selectors.</summary>
    internal MappingReader Keys { get; private set; } = null!;

    internal void Read(MappingNode node, string name, List<ScalarNode>? required)
    {
        MappingReader reader = Keys = new(node, RuleGrammar.UnderOperation(name), problems);
        HashSet<string> names = required?.Select(text => text.Value).ToHashSet(StringComparer.Ordinal) ?? [];
        List<ScalarNode> json = Limited(reader.Texts("json")), form = Limited(reader.Texts("form")), xml = Limited(reader.Texts("xml"));
        List<ScalarNode> multipart = Limited(reader.Texts("multipart")), patterns = Limited(reader.Texts("text"));
        foreach (ScalarNode text in json)
            ReadJson(text, names.Contains(text.Value));
        foreach (ScalarNode text in form)
            ReadForm(text, names.Contains(text.Value), Form);
        foreach (ScalarNode text in multipart)
            ReadForm(text, names.Contains(text.Value), Multipart);
        foreach (ScalarNode text in xml)
            ReadXml(text, names.Contains(text.Value));
        foreach (ScalarNode text in patterns)
            ReadPattern(text, names.Contains(text.Value));
        head.Read(reader, names);
        Tokens = reader.Boolean("tokens") ?? false;
        Body = reader.Boolean("body") ?? false;
        JudgeRequired(required ?? [], [.. json, .. form, .. xml, .. multipart, .. patterns]);
        MappingShape shape = RuleGrammar.UnderOperation(name);
        if (!shape.AnyOf.Concat(shape.Later).Any(reader.Has))
            problems.Add(node, RuleProblemCode.MissingKey, $"'{name}' selects nothing; it wants one or more of {string.Join(", ", shape.AnyOf)}");
    }

    private List<ScalarNode> Limited(List<ScalarNode>? texts)
    {
        if (texts?.Count > RuleGrammar.SelectorsMax)
            problems.Add(texts[RuleGrammar.SelectorsMax], RuleProblemCode.LimitExceeded, $"more than {RuleGrammar.SelectorsMax} selectors in one list; make another operation");
        return texts ?? [];
    }

    private void ReadJson(ScalarNode text, bool isRequired)
    {
        if (JsonPathParser.TryParse(text.Value, out JsonPath? path, out SelectorError? error))
            Json.Add(new(path, isRequired));
        else
            AddSelectorProblem(problems, text, error);
    }

    private void ReadXml(ScalarNode text, bool isRequired)
    {
        if (XmlPathParser.TryParse(text.Value, namespaces, out XmlPath? path, out SelectorError? error))
            Xml.Add(new(path, isRequired));
        else
            AddSelectorProblem(problems, text, error, "XPath");
    }

    private void ReadPattern(ScalarNode text, bool isRequired)
    {
        if (TextPattern.TryParse(text.Value, out TextPattern? pattern, out SelectorError? error))
            Text.Add(new(pattern, isRequired));
        else
            AddSelectorProblem(problems, text, error, "pattern");
    }

    internal static void AddSelectorProblem(ProblemList problems, ScalarNode text, SelectorError error, string language = "JSONPath")
    {
        RuleProblemCode code = error.IsUnsupported ? RuleProblemCode.NotSupported : RuleProblemCode.InvalidSelector;
        problems.Add(text, code, $"{language} '{text.Value}', character {error.Position}: {error.Reason}");
    }

    private void ReadForm(ScalarNode text, bool isRequired, List<SelectorModel<FormName>> names)
    {
        FormName name = FormName.Parse(text.Value);
        if ((FormName.WhyInvalid(name) ?? FormName.WhyNothing(name)) is { } reason)
            problems.Add(text, RuleProblemCode.InvalidSelector, $"form name '{text.Value}' {reason}");
        else
            names.Add(new(name, isRequired));
    }

    private void JudgeRequired(List<ScalarNode> required, List<ScalarNode> selectors)
    {
        foreach (ScalarNode text in required)
        {
            if (!head.Names.Contains(text.Value) && !selectors.Any(selector => selector.Value == text.Value))
                problems.Add(text, RuleProblemCode.InvalidValue, $"'required' names '{text.Value}', which is no selector of this operation; write it just as it stands there");
        }
    }
}
