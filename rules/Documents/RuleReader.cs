using System.Globalization;
using E3.Relay.Rules.Examples;
using E3.Relay.Rules.Grammar;

namespace E3.Relay.Rules.Documents;

/// <summary>Reads one rule.</summary>
internal sealed class RuleReader(ProblemList problems, IReadOnlyDictionary<string, string> namespaces)
{
    /// <summary>The rule; null when a part that cannot be done without is missing or wrong, which is then among the problems.</summary>
    internal RuleModel? Read(DocumentNode node, List<ScalarNode> ids)
    {
        if (node is not MappingNode mapping)
        {
            problems.Add(node, RuleProblemCode.WrongType, $"a rule is a mapping with id, match and request or response; this is {node.Kind}");
            return null;
        }

        problems.RuleId = mapping.Entries.FirstOrDefault(entry => entry.Key.Value == "id").Value is ScalarNode { IsNull: false } id ? id.Value : null;
        MappingReader reader = new(mapping, RuleGrammar.Rule, problems);
        ReadId(reader, ids);
        MatchReader match = new(problems);
        bool matches = match.Read(reader);
        OperationDefaults defaults = new(ReadIncoming(reader), reader.Word("names") is not null, NamespaceReader.Read(reader, namespaces, problems), match.Path);
        bool passesMethods = reader.Word("unmatched") == "pass";
        bool passesTypes = reader.Word("otherTypes") == "pass";
        DateOnly? observesUntil = ReadObservation(reader);
        List<OperationModel> request = ReadOperations(reader, "request", defaults);
        List<OperationModel> response = ReadOperations(reader, "response", defaults);
        if (!reader.Has("request") && !reader.Has("response"))
            problems.Add(mapping, RuleProblemCode.MissingKey, "the rule does nothing; list operations under request or response");
        List<RuleExample> examples = new ExampleReader(problems, match, defaults).Read(reader);
        bool keepsCache = ReadCache(reader, response);
        bool streamsLarge = reader.Word("large") is not null;
        bool keepsCoding = ReadCoding(reader, request.Concat(response));
        if (passesMethods && match.Methods.Count == 0)
            problems.Add(mapping, RuleProblemCode.InvalidValue, "'unmatched: pass' in a rule is about other methods than those it names; name methods, or leave it out");
        if (!matches || problems.RuleId is null)
            return null;
        return new RuleModel
        {
            Id = problems.RuleId,
            File = problems.File,
            Line = mapping.Line,
            Path = match.Path!,
            PathNode = match.PathNode!,
            Hosts = match.Hosts,
            Methods = match.Methods,
            PassesOtherMethods = passesMethods,
            PassesOtherTypes = passesTypes,
            ObservesUntil = observesUntil,
            KeepsCache = keepsCache,
            StreamsLarge = streamsLarge,
            KeepsCoding = keepsCoding,
            Request = request,
            Response = response,
            Examples = examples,
        };
    }

    private void ReadId(MappingReader reader, List<ScalarNode> ids)
    {
        if (reader.Required("id", "name the rule, so that problems and refusals can say which it is") is not { } node || reader.AsText(node, "id") is not { } id)
            return;
        if (!NameGrammar.IsName(id.Value))
            problems.Add(id, RuleProblemCode.InvalidValue, NameGrammar.Complain("id", id.Value));
        ids.Add(id);
    }

    /// <summary>The last day on which the rule only observes; null when it is applied.</summary>
    private DateOnly? ReadObservation(MappingReader reader)
    {
        bool observes = reader.Word("mode") is not null;
        if (!reader.TryGet("until", out DocumentNode? node))
        {
            if (observes)
                reader.Required("until", "an observing rule protects nothing; say until which day, such as until: 2030-12-31");
            return null;
        }

        if (!observes)
            problems.Add(node, RuleProblemCode.InvalidValue, "'until' is for 'mode: observe'; remove it, or add the mode");
        if (reader.Text("until") is not { } text)
            return null;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly until))
            return observes ? until : null;
        problems.Add(node, RuleProblemCode.InvalidValue, "'until' is a day such as 2030-12-31");
        return null;
    }

    /// <summary>What is done for one caller must not be kept for another.</summary>
    private bool ReadCache(MappingReader reader, List<OperationModel> response)
    {
        if (reader.Word("cache") is null || !reader.TryGet("cache", out DocumentNode? node))
            return false;
        if (!reader.Has("response"))
            problems.Add(node, RuleProblemCode.InvalidValue, "'cache' is about responses, and the rule has no operation on them; remove it");
        if (response.Any(operation => operation.For is not null || operation.Binds.Any(bind => bind.Claim is not null)))
            problems.Add(node, RuleProblemCode.InvalidValue, "'cache: keep' would show others what one caller may see: an operation depends on claims; remove one of the two");
        if (response.Any(operation => operation.Binds.Any(bind => bind.Header is not null)))
            problems.Add(node, RuleProblemCode.InvalidValue, "'cache: keep' would show others what one request's header opens: a cache does not know that the response depends on it; remove one of the two");
        return true;
    }

    /// <summary>Elsewhere bodies are compressed again as they came without being asked.</summary>
    private bool ReadCoding(MappingReader reader, IEnumerable<OperationModel> operations)
    {
        if (reader.Word("coding") is null || !reader.TryGet("coding", out DocumentNode? node))
            return false;
        if (!operations.Any(operation => operation.ShowsInBodies))
            problems.Add(node, RuleProblemCode.InvalidValue, "'coding' is about bodies with decrypted values, and the rule decrypts in none; remove it");
        return true;
    }

    private static IncomingTokens? ReadIncoming(MappingReader reader) => reader.Word("incoming") switch
    {
        "refuse" => IncomingTokens.Refuse,
        "verify" => IncomingTokens.Verify,
        _ => null,
    };

    private List<OperationModel> ReadOperations(MappingReader reader, string key, OperationDefaults defaults)
    {
        List<OperationModel> operations = [];
        if (reader.List(key) is not { } list)
            return operations;
        if (list.Items.Count is 0 or > RuleGrammar.OperationsMax)
            problems.Add(list, RuleProblemCode.InvalidValue, $"'{key}' wants 1 to {RuleGrammar.OperationsMax} operations; leave the key out when there is none");
        foreach (DocumentNode item in list.Items)
        {
            if (new OperationReader(problems, key == "response", defaults).Read(item) is { } operation)
                operations.Add(operation);
        }

        return operations;
    }
}
