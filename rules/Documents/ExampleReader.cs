namespace E3.Relay.Rules.Documents;

/// <summary>Judges the form of examples. They are tests for the author of the rule; loading does not run them.</summary>
internal static class ExampleReader
{
    private static readonly string[] Known = ["send", "receive", "expect"];
    private static readonly string[] KnownInMessage = ["method", "path", "host", "contentType", "status", "body"];
    private static readonly string[] KnownInExpect = ["status", "json", "form"];
    private static readonly string[] Outcomes = ["encrypted", "decrypted", "masked", "unchanged", "absent"];

    internal static void Read(MappingReader rule, ProblemList problems)
    {
        foreach (DocumentNode item in rule.List("examples")?.Items ?? [])
        {
            if (item is MappingNode mapping)
                ReadExample(mapping, problems);
            else
                problems.Add(item, RuleProblemCode.WrongType, $"an example is a mapping with send and expect; this is {item.Kind}");
        }
    }

    private static void ReadExample(MappingNode node, ProblemList problems)
    {
        MappingReader reader = new(node, "an example", Known, [], problems);
        if (!reader.Has("send") && !reader.Has("receive"))
            problems.Add(node, RuleProblemCode.MissingKey, "the example has neither send nor receive");
        ReadMessage(reader, "send", problems);
        ReadMessage(reader, "receive", problems);
        reader.Required("expect", "say what is expected, such as expect: {json: {$.card.number: encrypted}}");
        if (reader.Mapping("expect") is { } expect)
            ReadExpect(expect, problems);
    }

    private static void ReadMessage(MappingReader example, string key, ProblemList problems)
    {
        if (example.Mapping(key) is not { } node)
            return;
        MappingReader reader = new(node, $"'{key}'", KnownInMessage, [], problems);
        foreach (string name in KnownInMessage)
            _ = name == "status" ? reader.Integer(name, 999)?.ToString(System.Globalization.CultureInfo.InvariantCulture) : reader.Text(name);
    }

    private static void ReadExpect(MappingNode node, ProblemList problems)
    {
        MappingReader reader = new(node, "'expect'", KnownInExpect, [], problems);
        reader.Integer("status", 999);
        foreach (string kind in (ReadOnlySpan<string>)["json", "form"])
        {
            if (reader.Mapping(kind) is not { } outcomes)
                continue;
            string[] selectors = [.. outcomes.Entries.Select(entry => entry.Key.Value)];
            MappingReader inner = new(outcomes, $"'{kind}'", selectors, [], problems);
            foreach ((ScalarNode key, _) in outcomes.Entries)
                ReadOutcome(inner, key, kind, problems);
        }
    }

    private static void ReadOutcome(MappingReader reader, ScalarNode key, string kind, ProblemList problems)
    {
        reader.Word(key.Value, Outcomes);
        if (kind == "json" && !Selectors.JsonPathParser.TryParse(key.Value, out _, out Selectors.SelectorError? error))
            SelectorReader.AddSelectorProblem(problems, key, error);
    }
}
