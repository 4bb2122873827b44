using System.Text;
using System.Text.Json;
using E3.Relay.Rules.Bodies;
using E3.Relay.Rules.Documents;
using E3.Relay.Rules.Selectors;
using E3.Relay.Testing;

namespace E3.Relay.Rules.Tests.Selectors;

public sealed class JsonPathComplianceTests(ITestOutputHelper output)
{
    private const string Suite = "jsonpath-cts.json";

    [Fact]
    public void ComplianceSuite_EveryCase_IsRightOrRefused()
    {
        if (!Suites.TryPath(Suite, out string? path))
            Assert.Skip(Suites.Missing(Suite));
        using JsonDocument suite = JsonDocument.Parse(File.ReadAllBytes(path));
        List<string> wrong = [];
        int passed = 0, total = 0;
        foreach (JsonElement test in suite.RootElement.GetProperty("tests").EnumerateArray())
        {
            total++;
            switch (Judge(test))
            {
                case Verdict.Right:
                    passed++;
                    break;
                case Verdict.Wrong:
                    wrong.Add(test.GetProperty("name").GetString()!);
                    break;
            }
        }

        output.WriteLine($"JSONPath compliance: {passed} of {total}");
        Assert.Empty(wrong);
        Assert.True(passed > 247, $"{passed} passed");
    }

    private enum Verdict
    {
        Right,
        Wrong,
        NotSupported,
    }

    private static Verdict Judge(JsonElement test)
    {
        bool parsed = JsonPathParser.TryParse(test.GetProperty("selector").GetString()!, out JsonPath? path, out SelectorError? error);
        if (test.TryGetProperty("invalid_selector", out JsonElement invalid) && invalid.GetBoolean())
            return parsed ? Verdict.Wrong : Verdict.Right;
        if (!parsed)
            return error!.IsUnsupported ? Verdict.NotSupported : Verdict.Wrong;
        // What is selected is a set of places here: an order, or a value twice, means nothing to an editor.
        string[] leaves = SelectLeaves(path!, test.GetProperty("document"));
        bool right = ExpectedPaths(test).Any(paths => leaves.SequenceEqual(ExpectedLeaves(paths, test.GetProperty("document"))));
        return right ? Verdict.Right : Verdict.Wrong;
    }

    private static IEnumerable<string[]> ExpectedPaths(JsonElement test)
    {
        if (test.TryGetProperty("result_paths", out JsonElement paths))
            yield return Texts(paths);
        else
        {
            foreach (JsonElement alternative in test.GetProperty("results_paths").EnumerateArray())
                yield return Texts(alternative);
        }
    }

    private static string[] Texts(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetString()!)];

    /// <summary>The expected nodes as the leaves below them, each with its normalized path.</summary>
    private static string[] ExpectedLeaves(string[] paths, JsonElement document)
    {
        Dictionary<string, JsonElement> nodes = [];
        Walk(document, "$", (path, node) => nodes[path] = node);
        List<string> leaves = [];
        foreach (string path in paths)
            Walk(nodes[path], path, (at, node) => AddLeaf(leaves, at, node));
        return [.. leaves.Distinct().Order(StringComparer.Ordinal)];
    }

    private static void AddLeaf(List<string> leaves, string path, JsonElement node)
    {
        if (node.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array or JsonValueKind.Null))
            leaves.Add(path);
    }

    private static void Walk(JsonElement node, string path, Action<string, JsonElement> visit)
    {
        visit(path, node);
        if (node.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty member in node.EnumerateObject())
                Walk(member.Value, $"{path}['{Escape(member.Name)}']", visit);
        }
        else if (node.ValueKind == JsonValueKind.Array)
        {
            int index = 0;
            foreach (JsonElement element in node.EnumerateArray())
                Walk(element, $"{path}[{index++}]", visit);
        }
    }

    /// <summary>RFC 9535, section 2.7.</summary>
    private static string Escape(string name)
    {
        StringBuilder escaped = new();
        foreach (char c in name)
        {
            escaped.Append(c switch
            {
                '\b' => "\\b",
                '\t' => "\\t",
                '\n' => "\\n",
                '\f' => "\\f",
                '\r' => "\\r",
                '\'' => "\\'",
                '\\' => "\\\\",
                < ' ' => $"\\u{(int)c:x4}",
                _ => c.ToString(),
            });
        }

        return escaped.ToString();
    }

    /// <summary>Runs the editor over the document in which each leaf was replaced by its own path, so that what is selected says where it was.</summary>
    private static string[] SelectLeaves(JsonPath path, JsonElement document)
    {
        CompiledBody compiled = BodyCompiler.Compile([Operation(path)], ContentKind.Json, false, new MaskTable([]))!;
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(Pathed(document, "$"));
        Assert.True(new BodyPlan(compiled, null).TrySelect(body, RuleLimits.Default, FakeTokens.Grammar, out BodySelection? selection, out Refusal? refusal), refusal?.ToString());
        using (selection)
            return [.. selection.Fields.Select(field => Encoding.UTF8.GetString(field.Value.Span)).Order(StringComparer.Ordinal)];
    }

    private static object? Pathed(JsonElement node, string path) => node.ValueKind switch
    {
        JsonValueKind.Object => node.EnumerateObject().ToDictionary(member => member.Name, member => Pathed(member.Value, $"{path}['{Escape(member.Name)}']")),
        JsonValueKind.Array => node.EnumerateArray().Select((element, i) => Pathed(element, $"{path}[{i}]")).ToArray(),
        JsonValueKind.Null => null,
        _ => path,
    };

    private static OperationModel Operation(JsonPath path) => new()
    {
        RuleId = "compliance",
        Node = new ScalarNode(1, 1, "", true),
        Action = FieldAction.Encrypt,
        Role = "any",
        IsResponse = false,
        ExactNames = true,
        Json = [new SelectorModel<JsonPath>(path, false)],
        Form = [],
        Binds = [],
        Incoming = IncomingTokens.Verify,
    };
}
