namespace E3.Relay.Rules.Documents;

/// <summary>Reads one rule file.</summary>
internal static class RuleFileReader
{
    private const int RulesMax = 10_000;
    private static readonly string[] Known = ["app", "unmatched", "namespaces", "rules"];
    private static readonly string[] Unsupported = ["accept"];

    internal static RuleFile Read(RuleSource source)
    {
        ProblemList problems = new(source.Name);
        DocumentNode? root = new YamlTreeReader(problems).Read(source.Utf8.Span);
        if (root is MappingNode mapping)
            return ReadRoot(mapping, problems);
        if (root is not null)
            problems.Add(root, RuleProblemCode.WrongType, $"a rule file is a mapping with app and rules; this is {root.Kind}");
        return new RuleFile(null, null, false, [], [], problems);
    }

    private static RuleFile ReadRoot(MappingNode root, ProblemList problems)
    {
        MappingReader reader = new(root, "a rule file", Known, Unsupported, problems);
        ScalarNode? app = reader.Required("app", "name the app whose keys are used") is { } node ? reader.AsText(node, "app") : null;
        if (app is not null && !NameGrammar.IsName(app.Value))
            problems.Add(app, RuleProblemCode.InvalidValue, $"'app' is {NameGrammar.Words}");
        bool passes = reader.Word("unmatched", "pass", "refuse") == "pass";
        IReadOnlyDictionary<string, string> namespaces = NamespaceReader.Read(reader, NamespaceReader.None, problems);
        reader.Required("rules", "list the rules; a file without any says rules: []");
        List<RuleModel> rules = [];
        List<ScalarNode> ids = [];
        List<DocumentNode> items = reader.List("rules")?.Items ?? [];
        if (items.Count > RulesMax)
            problems.Add(root, RuleProblemCode.LimitExceeded, $"more than {RulesMax} rules; split the file");
        foreach (DocumentNode item in items.Take(RulesMax))
        {
            if (new RuleReader(problems, namespaces).Read(item, ids) is { } rule)
                rules.Add(rule);
            problems.RuleId = null;
        }

        return new RuleFile(app?.Value, app, passes, rules, ids, problems);
    }
}
