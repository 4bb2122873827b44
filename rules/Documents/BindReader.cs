using System.Globalization;
using E3.Relay.Rules.Grammar;
using E3.Relay.Rules.Selectors;
using E3.Relay.Rules.Xml;

namespace E3.Relay.Rules.Documents;

/// <summary>Reads the sources of a bound context.</summary>
internal sealed class BindReader(ProblemList problems, SelectorReader selected, OperationDefaults defaults)
{
    private const int SegmentMax = 64;

    internal List<BindSource> Read(MappingReader reader)
    {
        List<BindSource> sources = [];
        foreach (ScalarNode text in reader.Texts("bind") ?? [])
        {
            if (ReadSource(text) is { } source)
                sources.Add(source);
        }

        if (sources.Count > RuleGrammar.SourcesMax && reader.TryGet("bind", out DocumentNode? node))
            problems.Add(node, RuleProblemCode.LimitExceeded, $"'bind' has at most {RuleGrammar.SourcesMax} sources");
        return sources;
    }

    private BindSource? ReadSource(ScalarNode text)
    {
        string value = text.Value;
        if (value.StartsWith("json:", StringComparison.Ordinal))
            return ReadJson(text);
        if (value.StartsWith("xml:", StringComparison.Ordinal))
            return ReadXml(text);
        if (value.StartsWith("path:", StringComparison.Ordinal))
            return ReadSegment(text);
        if (value.StartsWith("claim:", StringComparison.Ordinal))
            return ReadClaim(text);
        if (value.StartsWith("query:", StringComparison.Ordinal))
            return ReadQuery(text);
        if (value.StartsWith("header:", StringComparison.Ordinal))
            return ReadHeader(text);
        return Refuse(text, RuleProblemCode.InvalidValue, $"'{value}' is no source of a context; write path:N (a segment of the path, from 1), json:$.name, xml:/root/name, query:name, header:X-Name or claim:sub");
    }

    private BindSource? ReadSegment(ScalarNode text)
    {
        bool parsed = int.TryParse(text.Value.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out int segment);
        if (parsed && defaults.Path is { } pattern && segment > pattern.Segments.Count && pattern.WhyNoValue(segment) is { } reason)
            return Refuse(text, RuleProblemCode.InvalidValue, $"'{text.Value}': segment {segment} of '{pattern.Text}' {reason}");
        if (parsed && segment is >= 1 and <= SegmentMax)
            return new BindSource(text.Value, segment, null, null);
        return Refuse(text, RuleProblemCode.InvalidValue, $"'{text.Value}': segments of the path are counted from 1 to {SegmentMax}");
    }

    private BindSource? ReadJson(ScalarNode text)
    {
        if (!JsonPathParser.TryParse(text.Value[5..], out JsonPath? path, out SelectorError? error))
        {
            SelectorReader.AddSelectorProblem(problems, text, error with { Position = error.Position + 5 });
            return null;
        }

        if (!path.IsSingular)
            return Refuse(text, RuleProblemCode.InvalidValue, $"'{text.Value}' could select several values; a context wants names and indices alone");
        if (selected.Form.Count > 0)
            return Refuse(text, RuleProblemCode.InvalidValue, $"'{text.Value}' is not in a form body; put the form selectors into an operation of their own");
        if (selected.Multipart.Count > 0 || selected.Body)
            return Refuse(text, RuleProblemCode.InvalidValue, $"'{text.Value}' is not in a multipart body or a file; put those selectors into an operation of their own");
        if (selected.Xml.Count > 0)
            return Refuse(text, RuleProblemCode.InvalidValue, $"'{text.Value}' is not in an XML body; put the xml selectors into an operation of their own");
        if (selected.Text.Count > 0)
            return Refuse(text, RuleProblemCode.InvalidValue, $"'{text.Value}' is not in a text; put the text selectors into an operation of their own");
        if (selected.Tokens)
            return Refuse(text, RuleProblemCode.InvalidValue, $"'{text.Value}' is not in every body that 'tokens: true' is for; bind path:N or claim:sub");
        if (!selected.Head.IsEmpty)
            return Refuse(text, RuleProblemCode.InvalidValue, $"'{text.Value}' is not in a head; put the selectors of heads into an operation of their own");
        return new BindSource(text.Value, 0, path, null);
    }

    private BindSource? ReadClaim(ScalarNode text)
    {
        string claim = text.Value[6..];
        return ClaimName.IsValid(claim) ? new BindSource(text.Value, 0, null, claim) : Refuse(text, RuleProblemCode.InvalidValue, $"'{text.Value}': {ClaimName.Words}");
    }

    private BindSource? ReadQuery(ScalarNode text)
    {
        FormName name = FormName.Parse(text.Value[6..]);
        string? reason = name.IsPrefix ? "could select several values; a context wants one name" : FormName.WhyInvalid(name) ?? FormName.WhyNothing(name);
        return reason is null ? new BindSource(text.Value, 0, null, null, Query: name) : Refuse(text, RuleProblemCode.InvalidValue, $"query name '{name.Text}' {reason}");
    }

    private BindSource? ReadHeader(ScalarNode text)
    {
        HeaderName name = HeaderName.Parse(text.Value[7..]);
        string? reason = name.IsPrefix ? "could select several values; a context wants one name"
            : !HeaderName.IsFieldName(name.Name) ? "is no name of a header field" : HeaderNames.WhyRefused(name, isResponse: false);
        return reason is null ? new BindSource(text.Value, 0, null, null, Header: name) : Refuse(text, RuleProblemCode.InvalidValue, $"header '{name.Text}' {reason}");
    }

    private BindSource? ReadXml(ScalarNode text)
    {
        if (!XmlPathParser.TryParse(text.Value[4..], defaults.Namespaces, out XmlPath? path, out SelectorError? error))
        {
            SelectorReader.AddSelectorProblem(problems, text, error with { Position = error.Position + 4 }, "XPath");
            return null;
        }

        if (!path.IsSingular)
            return Refuse(text, RuleProblemCode.InvalidValue, $"'{text.Value}' could select several values; a context wants names alone");
        if (selected.Form.Count > 0 || selected.Json.Count > 0 || selected.Text.Count > 0 || !selected.Head.IsEmpty || selected.Tokens)
            return Refuse(text, RuleProblemCode.InvalidValue, $"'{text.Value}' is in an XML body alone; put the other selectors into an operation of their own");
        return new BindSource(text.Value, 0, null, null, path);
    }

    private BindSource? Refuse(ScalarNode text, RuleProblemCode code, string message)
    {
        problems.Add(text, code, message);
        return null;
    }
}
