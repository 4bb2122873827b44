using E3.Relay.Rules.Examples;
using E3.Relay.Rules.Grammar;
using E3.Relay.Rules.Selectors;
using E3.Relay.Rules.Xml;

namespace E3.Relay.Rules.Documents;

/// <summary>Reads the examples of one rule. They are tests for the author of the rule: loading judges their form and does not run them.</summary>
internal sealed class ExampleReader(ProblemList problems, MatchReader match, OperationDefaults defaults)
{
    private const string JsonType = "application/json", FormType = "application/x-www-form-urlencoded", XmlType = "application/xml", MultipartType = "multipart/form-data; boundary=boundary";

    internal List<RuleExample> Read(MappingReader rule)
    {
        List<RuleExample> examples = [];
        foreach (DocumentNode item in rule.List("examples")?.Items ?? [])
        {
            if (item is not MappingNode mapping)
                problems.Add(item, RuleProblemCode.WrongType, $"an example is a mapping with send and expect; this is {item.Kind}");
            else if (ReadExample(mapping) is { } example)
                examples.Add(example);
        }

        return examples;
    }

    private RuleExample? ReadExample(MappingNode node)
    {
        MappingReader reader = new(node, ExampleGrammar.Example, problems);
        if (!reader.Has("send") && !reader.Has("receive"))
            problems.Add(node, RuleProblemCode.MissingKey, "the example has neither send nor receive; write send: {body: …} for a request, receive: {body: …} for a response");
        reader.Required("expect", "say what is expected, such as expect: {json: {$.card.number: encrypted}}");
        ExampleExpectation? expect = reader.Mapping("expect") is { } wanted ? ReadExpect(wanted) : null;
        MappingReader? send = ReaderOf(reader, "send", ExampleGrammar.Send), receive = ReaderOf(reader, "receive", ExampleGrammar.Receive);
        JudgePlacement(send, receive);
        string type = TypeOf(expect);
        ExampleMessage? sent = send is null ? null : ReadMessage(send, null, type, isResponse: false);
        ExampleMessage? received = receive is null ? null : ReadMessage(receive, sent, type, isResponse: true);
        if (expect is null || (sent is null && received is null) || problems.RuleId is null)
            return null;
        return new RuleExample
        {
            File = problems.File,
            Line = node.Line,
            RuleId = problems.RuleId,
            Name = reader.Text("name"),
            Send = sent,
            Receive = received,
            Expect = expect,
            ExactNames = defaults.ExactNames,
            Namespaces = defaults.Namespaces,
        };
    }

    /// <summary>The content type of a message that names none: the one that the example speaks of.</summary>
    private static string TypeOf(ExampleExpectation? expect)
    {
        string[] places = [.. expect?.Fields.Select(field => field.Place).Distinct() ?? []];
        return places.Contains("json") ? JsonType : places.Contains("form") ? FormType : places.Contains("multipart") ? MultipartType : places.Contains("xml") ? XmlType : JsonType;
    }

    private MappingReader? ReaderOf(MappingReader example, string key, MappingShape shape) =>
        example.Mapping(key) is { } node ? new MappingReader(node, shape, problems) : null;

    private void JudgePlacement(MappingReader? send, MappingReader? receive)
    {
        if (receive is not null && receive.TryGet("body", out DocumentNode? body) && body is ScalarNode text && ExampleText.Parse(text.Value).UsesSent && send?.Has("body") != true)
            problems.Add(body, RuleProblemCode.InvalidValue, "'{{sent}}' is the body of the request as it went upstream; the example has no send with a body");
    }

    /// <summary>Reads a message. A response without a request line of its own answers the request before it.</summary>
    private ExampleMessage ReadMessage(MappingReader reader, ExampleMessage? before, string type, bool isResponse)
    {
        string? body = reader.Text("body");
        string? named = reader.Text("contentType") ?? (body is null ? null : type);
        return new ExampleMessage
        {
            Method = reader.Text("method") ?? before?.Method ?? (match.Methods.Count > 0 ? match.Methods[0] : reader.Has("body") && !isResponse ? "POST" : "GET"),
            Path = reader.Text("path") ?? before?.Path ?? match.Path?.Sample ?? "/",
            Host = reader.Text("host") ?? before?.Host ?? (match.Hosts.Count > 0 ? match.Hosts[0] : "example.com"),
            Caller = reader.Has("as") || before is null ? ReadCaller(reader) : before.Caller,
            Status = (isResponse ? reader.Integer("status") : null) ?? 200,
            ContentType = named == "none" ? null : named,
            Headers = [.. ReadPairs(reader, "headers")],
            Body = body is null ? null : ExampleText.Parse(body),
        };
    }

    private Dictionary<string, IReadOnlyList<string>> ReadCaller(MappingReader reader) => ReadPairs(reader, "as")
        .GroupBy(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal)
        .ToDictionary(group => group.Key, IReadOnlyList<string> (group) => [.. group], StringComparer.Ordinal);

    /// <summary>A mapping of texts, or of lists of texts.</summary>
    private IEnumerable<KeyValuePair<string, string>> ReadPairs(MappingReader reader, string key)
    {
        if (reader.Mapping(key) is not { } node)
            return [];
        MappingReader inner = new(node, $"'{key}'", [.. node.Entries.Select(entry => entry.Key.Value)], [], problems);
        return node.Entries.SelectMany(entry => entry.Value is SequenceNode
            ? inner.Texts(entry.Key.Value)!.Select(text => new KeyValuePair<string, string>(entry.Key.Value, text.Value))
            : inner.AsText(entry.Value, entry.Key.Value) is { } text ? [new(entry.Key.Value, text.Value)] : []);
    }

    private ExampleExpectation ReadExpect(MappingNode node)
    {
        MappingReader reader = new(node, ExampleGrammar.Expect, problems);
        if (node.Entries.Count == 0)
            problems.Add(node, RuleProblemCode.MissingKey, "'expect' says nothing; it wants a status, a code, a body or fields, such as json: {$.card.number: encrypted}");
        ExampleExpectation expect = new()
        {
            Status = reader.Integer("status"),
            Code = reader.Text("code"),
            Body = reader.Text("body") is { } body ? ExampleText.Parse(body) : null,
            Fields = [.. ExampleGrammar.Places.SelectMany(place => ReadFields(reader, place))],
        };
        if (expect.ExpectsRefusal && (expect.Fields.Count > 0 || expect.Body is not null))
            problems.Add(node, RuleProblemCode.InvalidValue, "a refused message has no fields and no body; leave out status and code, or the others");
        return expect;
    }

    private IEnumerable<ExpectedField> ReadFields(MappingReader expect, string place)
    {
        if (expect.Mapping(place) is not { } node)
            yield break;
        MappingReader reader = new(node, $"'{place}'", [.. node.Entries.Select(entry => entry.Key.Value)], [], problems);
        foreach ((ScalarNode key, DocumentNode value) in node.Entries)
        {
            if (place == "json" && !JsonPathParser.TryParse(key.Value, out _, out SelectorError? error))
                SelectorReader.AddSelectorProblem(problems, key, error);
            else if (place == "xml" && !XmlPathParser.TryParse(key.Value, defaults.Namespaces, out _, out SelectorError? mistake))
                SelectorReader.AddSelectorProblem(problems, key, mistake, "XPath");
            else if (ReadOutcome(reader, key, value, place) is { } field)
                yield return field;
        }
    }

    private ExpectedField? ReadOutcome(MappingReader reader, ScalarNode key, DocumentNode value, string place)
    {
        if (value is MappingNode exact)
            return ReadExact(exact, key, place);
        return reader.Word(key.Value, ExampleGrammar.Outcomes) is { } word
            ? new ExpectedField(place, key.Value, key.Line, Enum.Parse<FieldOutcome>(word, ignoreCase: true))
            : null;
    }

    private ExpectedField? ReadExact(MappingNode node, ScalarNode key, string place)
    {
        MappingReader reader = new(node, ExampleGrammar.Exact, problems);
        if (reader.Required("equals", "write equals: and the exact value, or one word such as encrypted") is not { } value)
            return null;
        if (value is ScalarNode scalar)
            return new ExpectedField(place, key.Value, key.Line, FieldOutcome.Equals, scalar.Value, scalar.IsPlain);
        problems.Add(value, RuleProblemCode.WrongType, $"'equals' wants a single value and has {value.Kind}; compare objects and arrays with body");
        return null;
    }
}
