using System.Text.Json;
using E3.Relay.Rules.Bodies;
using E3.Relay.Rules.Selectors;
using E3.Relay.Rules.Tests.Bodies;
using E3.Relay.Testing;

namespace E3.Relay.Rules.Tests.Selectors;

public sealed class JsonPathComplianceTests(ITestOutputHelper output)
{
    private const string Suite = "jsonpath-cts.json";

    [Fact]
    public void ComplianceSuite_EveryCase_IsRight()
    {
        if (!Suites.TryPath(Suite, out string? path))
            Assert.Skip(Suites.Missing(Suite));
        using JsonDocument suite = JsonDocument.Parse(File.ReadAllBytes(path));
        List<string> wrong = [];
        int passed = 0, total = 0;
        foreach (JsonElement test in suite.RootElement.GetProperty("tests").EnumerateArray())
        {
            total++;
            if (IsRight(test))
                passed++;
            else
                wrong.Add(test.GetProperty("name").GetString()!);
        }

        output.WriteLine($"JSONPath compliance: {passed} of {total}");
        Assert.Empty(wrong);
        Assert.Equal(703, total);
    }

    private static bool IsRight(JsonElement test)
    {
        string selector = test.GetProperty("selector").GetString()!;
        bool parsed = JsonPathParser.TryParse(selector, out JsonPath? path, out SelectorError? error);
        if (test.TryGetProperty("invalid_selector", out JsonElement invalid) && invalid.GetBoolean())
            return !parsed && error!.Position >= 1 && error.Position <= selector.Length + 1 && error.Reason.Length > 0;
        return parsed && ExpectedPaths(test).Any(paths => Selects(path!, JsonSerializer.SerializeToUtf8Bytes(test.GetProperty("document")), paths));
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

    /// <summary>What is selected is a set of places here: an order, or a value twice, means nothing to an editor.</summary>
    private static bool Selects(JsonPath path, byte[] document, string[] expected)
    {
        JsonPlaces places = new(document);
        if (!JsonSelecting.Scan(JsonSelecting.Compile(path), document).SetEquals(places.LeavesOf(expected)))
            return false;
        // A selected null, or a container without leaves, is no field, but it is there.
        SelectionBuilder required = new(JsonSelecting.Compile(path, isRequired: true), document, RuleLimits.Default, FakeTokens.Grammar);
        bool isThere = JsonBodyScan.TrySelect(required, ContentKind.Json) && required.Finish(null, null, out _);
        required.Arena.Dispose();
        if (isThere != expected.Length > 0)
            return false;
        return places.All.Count == 1 || JsonSelecting.LookAhead(path, document).Select(node => places.All[node].Path).ToHashSet().SetEquals(expected);
    }
}
