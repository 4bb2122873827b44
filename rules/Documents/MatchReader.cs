using E3.Relay.Rules.Grammar;
using E3.Relay.Rules.Matching;

namespace E3.Relay.Rules.Documents;

/// <summary>Reads what requests a rule is for.</summary>
internal sealed class MatchReader(ProblemList problems)
{
    internal PathPattern? Path { get; private set; }

    /// <summary>Where the path stands.</summary>
    internal DocumentNode? PathNode { get; private set; }

    internal List<string> Hosts { get; } = [];

    internal List<string> Methods { get; } = [];

    /// <summary>False when there is no usable path.</summary>
    internal bool Read(MappingReader rule)
    {
        if (rule.Required("match", "say at least which path the rule is for: match: {path: /orders/**}") is null || rule.Mapping("match") is not { } mapping)
            return false;
        MappingReader reader = new(mapping, RuleGrammar.Match, problems);
        ReadPath(reader);
        foreach (ScalarNode host in reader.Texts("hosts") ?? [])
            ReadHost(host);
        foreach (ScalarNode method in reader.Texts("methods") ?? [])
            ReadMethod(method);
        return Path is not null;
    }

    private void ReadPath(MappingReader reader)
    {
        if (reader.Required("path", "write path: /** for all paths") is not { } node || reader.AsText(node, "path") is not { } text)
            return;
        if (PathPattern.TryParse(text.Value, out PathPattern? path, out string? reason))
            (Path, PathNode) = (path, text);
        else
            problems.Add(text, RuleProblemCode.InvalidPathPattern, $"path pattern '{text.Value}' {reason}");
    }

    private void ReadHost(ScalarNode node)
    {
        if (HostName.TrySplit(node.Value, out string? name, out int? port) && port is null && !node.Value.EndsWith(':'))
            Hosts.Add(name);
        else
            problems.Add(node, RuleProblemCode.InvalidValue, $"'{node.Value}' is no host name; write it without scheme, port and wildcard, international names in their xn-- form");
    }

    private void ReadMethod(ScalarNode node)
    {
        if (node.Value.Length > 0 && node.Value.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal)) && node.Value != "*")
            Methods.Add(node.Value.ToUpperInvariant());
        else
            problems.Add(node, RuleProblemCode.InvalidValue, $"'{node.Value}' is no method; leave methods out to match all of them");
    }
}
