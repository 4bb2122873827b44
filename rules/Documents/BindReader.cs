using System.Globalization;
using E3.Relay.Rules.Selectors;

namespace E3.Relay.Rules.Documents;

/// <summary>Reads the sources of a bound context.</summary>
internal sealed class BindReader(ProblemList problems)
{
    private const int SourcesMax = 8;
    private const int SegmentMax = 64;

    internal List<BindSource> Read(MappingReader reader, bool isJson)
    {
        List<BindSource> sources = [];
        foreach (ScalarNode text in reader.Texts("bind") ?? [])
        {
            if (ReadSource(text, isJson) is { } source)
                sources.Add(source);
        }

        if (sources.Count > SourcesMax && reader.TryGet("bind", out DocumentNode? node))
            problems.Add(node, RuleProblemCode.LimitExceeded, $"'bind' has at most {SourcesMax} sources");
        return sources;
    }

    private BindSource? ReadSource(ScalarNode text, bool isJson)
    {
        string value = text.Value;
        if (value.StartsWith("json:", StringComparison.Ordinal))
            return ReadJson(text, isJson);
        if (value.StartsWith("path:", StringComparison.Ordinal))
            return ReadSegment(text);
        if (value.StartsWith("claim:", StringComparison.Ordinal))
            return ReadClaim(text);
        return Refuse(text, RuleProblemCode.InvalidValue, $"'{value}' is no source of a context; write path:N (a segment of the path, from 1), json:$.name or claim:sub");
    }

    private BindSource? ReadSegment(ScalarNode text)
    {
        bool parsed = int.TryParse(text.Value.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out int segment);
        if (parsed && segment is >= 1 and <= SegmentMax)
            return new BindSource(text.Value, segment, null, null);
        return Refuse(text, RuleProblemCode.InvalidValue, $"'{text.Value}': segments of the path are counted from 1 to {SegmentMax}");
    }

    private BindSource? ReadJson(ScalarNode text, bool isJson)
    {
        if (!JsonPathParser.TryParse(text.Value[5..], out JsonPath? path, out SelectorError? error))
        {
            SelectorReader.AddSelectorProblem(problems, text, error with { Position = error.Position + 5 });
            return null;
        }

        if (!path.IsSingular)
            return Refuse(text, RuleProblemCode.InvalidValue, $"'{text.Value}' could select several values; a context wants names and indices alone");
        if (!isJson)
            return Refuse(text, RuleProblemCode.InvalidValue, $"'{text.Value}' is not in a form body and not in a head; put these selectors into an operation of their own");
        return new BindSource(text.Value, 0, path, null);
    }

    private BindSource? ReadClaim(ScalarNode text)
    {
        string claim = text.Value[6..];
        return ClaimName.IsValid(claim) ? new BindSource(text.Value, 0, null, claim) : Refuse(text, RuleProblemCode.InvalidValue, $"'{text.Value}': {ClaimName.Words}");
    }

    private BindSource? Refuse(ScalarNode text, RuleProblemCode code, string message)
    {
        problems.Add(text, code, message);
        return null;
    }
}
