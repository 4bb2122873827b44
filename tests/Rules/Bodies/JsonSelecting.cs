using System.Text.Json;
using E3.Relay.Rules.Bodies;
using E3.Relay.Rules.Documents;
using E3.Relay.Rules.Selectors;

namespace E3.Relay.Rules.Tests.Bodies;

/// <summary>The ways to apply JSONPath to a document.</summary>
internal static class JsonSelecting
{
    internal static JsonPath Parse(string text)
    {
        Assert.True(JsonPathParser.TryParse(text, out JsonPath? path, out SelectorError? error), $"{text}: {error}");
        return path;
    }

    /// <summary>One encrypt operation with this selector.</summary>
    internal static CompiledBody Compile(JsonPath path, bool exactNames = true, bool isRequired = false, bool whole = false) =>
        BodyCompiler.Compile([Operation(path, exactNames, isRequired) with { Whole = whole }], ContentKind.Json, false, new MaskTable([]))!;

    /// <summary>Where the selected scalars begin.</summary>
    internal static SortedSet<int> Scan(CompiledBody compiled, byte[] document)
    {
        SelectionBuilder found = new(compiled, document, RuleLimits.Default, FakeTokens.Grammar);
        Assert.True(JsonBodyScan.TrySelect(found, ContentKind.Json), $"{found.Refusal}");
        using (found.Arena)
            return [.. found.Sites.Select(site => site.Start)];
    }

    /// <summary>The same with all of the document read ahead: which of its values are selected.</summary>
    internal static SortedSet<int> LookAhead(JsonPath path, byte[] document, bool exactNames = true)
    {
        SelectionBuilder found = new(Compile(path, exactNames), document, RuleLimits.Default, FakeTokens.Grammar);
        Utf8JsonReader reader = new(document);
        reader.Read();
        JsonLookAhead looking = new();
        looking.Begin(found);
        Assert.True(looking.TryRead(reader, document), $"{found.Refusal}");
        Assert.True(looking.TrySelect(path, exactNames, out HashSet<int> nodes), $"{found.Refusal}");
        looking.End();
        using (found.Arena)
            return [.. nodes];
    }

    private static OperationModel Operation(JsonPath path, bool exactNames, bool isRequired) => new()
    {
        RuleId = "under-test",
        Node = new ScalarNode(1, 1, "", true),
        Action = FieldAction.Encrypt,
        Role = "any",
        IsResponse = false,
        ExactNames = exactNames,
        Json = [new SelectorModel<JsonPath>(path, isRequired)],
        Form = [],
        Binds = [],
        Incoming = IncomingTokens.Verify,
    };
}
