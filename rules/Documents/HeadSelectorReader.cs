using System.Globalization;
using E3.Relay.Rules.Grammar;
using E3.Relay.Rules.Matching;
using E3.Relay.Rules.Selectors;

namespace E3.Relay.Rules.Documents;

/// <summary>Reads the selectors of one operation that select in the head of a message.</summary>
/// <param name="problems">Receives the problems.</param>
/// <param name="isResponse">The operation is on responses, which have no target.</param>
/// <param name="pattern">The rule's path; null when it could not be read.</param>
internal sealed class HeadSelectorReader(ProblemList problems, bool isResponse, PathPattern? pattern)
{
    internal static readonly string[] Kinds = ["query", "header", "cookie", "path"];

    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    internal HeadSelectors Selectors { get; } = new();

    /// <summary>All selectors as <c>required</c> may name them: as they stand in their lists, and with the name of the list before them.</summary>
    internal HashSet<string> Names { get; } = new(StringComparer.Ordinal);

    /// <summary>Reads the lists that are there.</summary>
    /// <param name="reader">The mapping under the operation's name.</param>
    /// <param name="required">What must select something.</param>
    internal void Read(MappingReader reader, HashSet<string> required)
    {
        foreach (ScalarNode text in Listed(reader, "query"))
            ReadName(text, "query", Selectors.Query, required, "");
        foreach (ScalarNode text in Listed(reader, "cookie"))
            ReadName(text, "cookie", Selectors.Cookie, required, "=;, \t\"");
        foreach (ScalarNode text in Listed(reader, "header"))
            ReadHeader(text, required);
        if (Exists(reader, "path") && reader.Mapping("path") is { } path)
            ReadPath(path, required);
    }

    private List<ScalarNode> Listed(MappingReader reader, string kind)
    {
        if (!Exists(reader, kind) || reader.Texts(kind) is not { } texts)
            return [];
        if (texts.Count > RuleGrammar.SelectorsMax)
            problems.Add(texts[RuleGrammar.SelectorsMax], RuleProblemCode.LimitExceeded, $"more than {RuleGrammar.SelectorsMax} selectors in one list; make another operation");
        return texts;
    }

    private bool Exists(MappingReader reader, string kind)
    {
        if (!isResponse || kind is "header" or "cookie" || !reader.TryGet(kind, out DocumentNode? node))
            return true;
        problems.Add(node, RuleProblemCode.InvalidValue, $"a response has no {kind}; move '{kind}' to an operation under request");
        return false;
    }

    private void ReadName(ScalarNode text, string kind, List<SelectorModel<FormName>> selectors, HashSet<string> required, string excluded)
    {
        FormName name = FormName.Parse(text.Value);
        if ((FormName.WhyInvalid(name) ?? (kind == "query" ? FormName.WhyNothing(name) : null)) is { } reason)
            problems.Add(text, RuleProblemCode.InvalidSelector, $"{kind} name '{text.Value}' {reason}");
        else if (name.Name.AsSpan().ContainsAny(excluded))
            problems.Add(text, RuleProblemCode.InvalidSelector, $"{kind} name '{text.Value}' has a character that no name of a {kind} has");
        else if (IsNew(text, kind, text.Value))
            selectors.Add(new(name, IsRequired(kind, text.Value, required)));
    }

    private void ReadHeader(ScalarNode text, HashSet<string> required)
    {
        HeaderName name = HeaderName.Parse(text.Value);
        if (name.Name.StartsWith(':'))
            problems.Add(text, RuleProblemCode.InvalidSelector, $"header '{text.Value}' is a pseudo-header, which says where the message goes; match on host, methods and path instead");
        else if (!name.IsPrefix && name.Name.Length == 0 || name.Name.Any(c => !char.IsAsciiLetterOrDigit(c) && !"!#$%&'+-.^_`|~".Contains(c, StringComparison.Ordinal)))
            problems.Add(text, RuleProblemCode.InvalidSelector, $"'{text.Value}' is no name of a header field; * stands only at the end, for any names that begin so");
        else if (HeaderNames.WhyRefused(name, isResponse) is { } reason)
            problems.Add(text, RuleProblemCode.InvalidSelector, $"header '{text.Value}' {reason}");
        else if (IsNew(text, "header", text.Value.ToLowerInvariant()))
            Selectors.Header.Add(new(name, IsRequired("header", text.Value, required)));
    }

    private void ReadPath(MappingNode node, HashSet<string> required)
    {
        MappingReader reader = new(node, RuleGrammar.Segment, problems);
        if (reader.Required("segment", "write path: {segment: 2}, counted from 1") is not { } value)
            return;
        foreach (DocumentNode item in value is SequenceNode { Items.Count: > 0 } list ? list.Items : [value])
            ReadSegment(item, required);
    }

    private void ReadSegment(DocumentNode node, HashSet<string> required)
    {
        if (node is not ScalarNode { IsPlain: true } text
            || !int.TryParse(text.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int segment) || segment is < 1 or > PathPattern.SegmentsMax)
        {
            problems.Add(node, RuleProblemCode.WrongType, $"'segment' wants a number from 1 to {PathPattern.SegmentsMax}, or a list of them, and has {(node is ScalarNode ? "another value" : node.Kind)}");
            return;
        }

        string name = segment.ToString(CultureInfo.InvariantCulture);
        if (pattern?.WhyNoValue(segment) is { } reason)
            problems.Add(node, RuleProblemCode.InvalidSelector, $"segment {name} of '{pattern.Text}' {reason}");
        else if (IsNew(text, "path", name))
            Selectors.Path.Add(new(segment, IsRequired("path", name, required)));
    }

    private bool IsNew(ScalarNode text, string kind, string name)
    {
        if (kind != "path")
            Names.Add(text.Value);
        Names.Add($"{kind}:{text.Value}");
        if (_seen.Add($"{kind}:{name}"))
            return true;
        problems.Add(text, RuleProblemCode.InvalidSelector, $"'{text.Value}' stands twice in '{kind}'; remove one");
        return false;
    }

    private static bool IsRequired(string kind, string name, HashSet<string> required) => (kind != "path" && required.Contains(name)) || required.Contains($"{kind}:{name}");
}
