using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using E3.Relay.Rules.Selectors;

namespace E3.Relay.Rules.Tests.Selectors;

/// <summary>
/// RFC 9535 as it is written, over a parsed document: lists of nodes, no limits, nothing shared with the product but the parsed query. Numbers must fit a decimal,
/// and patterns must mean the same to I-Regexp and to the platform.
/// </summary>
internal sealed class ReferenceQuery(JsonElement document, bool exactNames)
{
    internal IReadOnlySet<string> Select(JsonPath path) => Apply(path.Segments, [new Node(document, "$")]).Select(node => node.Path).ToHashSet();

    private List<Node> Apply(IEnumerable<JsonPathSegment> segments, List<Node> nodes)
    {
        foreach (JsonPathSegment segment in segments)
        {
            IEnumerable<Node> starts = segment.Descends ? nodes.SelectMany(Descendants) : nodes;
            nodes = [.. starts.SelectMany(node => segment.Steps.SelectMany(step => Apply(step, node)))];
        }

        return nodes;
    }

    private static IEnumerable<Node> Descendants(Node node) => Children(node).SelectMany(Descendants).Prepend(node);

    private static List<Node> Children(Node node) => node.Value.ValueKind switch
    {
        JsonValueKind.Array => [.. node.Value.EnumerateArray().Select((element, i) => new Node(element, $"{node.Path}[{i}]"))],
        JsonValueKind.Object => [.. node.Value.EnumerateObject().Select(member => new Node(member.Value, $"{node.Path}['{member.Name}']", member.Name))],
        _ => [],
    };

    private IEnumerable<Node> Apply(JsonPathStep step, Node node)
    {
        List<Node> children = Children(node);
        bool isArray = node.Value.ValueKind == JsonValueKind.Array;
        switch (step.Kind)
        {
            case JsonPathStepKind.Wildcard:
                return children;
            case JsonPathStepKind.Filter:
                return children.Where(child => Passes(step.Filter!, child));
            case JsonPathStepKind.Name:
                return children.Where(child => child.Name is { } name && Comparable(name) == Comparable(step.Name!.Text));
            case JsonPathStepKind.Index:
                long index = step.Index >= 0 ? step.Index : children.Count + step.Index;
                return isArray && index >= 0 && index < children.Count ? [children[(int)index]] : [];
            default:
                return isArray ? Slice(children, step.Slice) : [];
        }
    }

    private string Comparable(string name) => exactNames ? name : name.ToLowerInvariant().Replace(' ', '_');

    /// <summary>Section 2.3.4.2.2.</summary>
    private static IEnumerable<Node> Slice(List<Node> elements, JsonPathSlice slice)
    {
        long length = elements.Count, step = slice.Step;
        if (step == 0)
            yield break;
        long start = Normalize(slice.Start ?? (step > 0 ? 0 : length - 1)), end = Normalize(slice.End ?? (step > 0 ? length : -length - 1));
        if (step > 0)
        {
            long lower = Math.Min(Math.Max(start, 0), length), upper = Math.Min(Math.Max(end, 0), length);
            for (long i = lower; i < upper; i += step)
                yield return elements[(int)i];
        }
        else
        {
            long upper = Math.Min(Math.Max(start, -1), length - 1), lower = Math.Min(Math.Max(end, -1), length - 1);
            for (long i = upper; lower < i; i += step)
                yield return elements[(int)i];
        }

        long Normalize(long i) => i >= 0 ? i : length + i;
    }

    private bool Passes(FilterExpression filter, Node node) => filter switch
    {
        FilterExpression.Any any => any.Terms.Any(term => Passes(term, node)),
        FilterExpression.All all => all.Terms.All(term => Passes(term, node)),
        FilterExpression.Not not => !Passes(not.Term, node),
        FilterExpression.Exists exists => Find(exists.Query, node).Count > 0,
        FilterExpression.Compares compares => Compare(ValueOf(compares.Left, node), compares.How, ValueOf(compares.Right, node)),
        FilterExpression.Matches matches => ValueOf(matches.Text, node) is string text && ValueOf(matches.Pattern, node) is string pattern
            && Regex.IsMatch(text, matches.IsWhole ? $"\\A(?:{pattern})\\z" : pattern, RegexOptions.CultureInvariant),
        _ => throw new ArgumentOutOfRangeException(nameof(filter)),
    };

    private List<Node> Find(FilterQuery query, Node node) => Apply(query.Segments, [query.IsAbsolute ? new Node(document, "$") : node]);

    /// <summary>A string, a number, a boolean, an element (array, object or null), or null for nothing.</summary>
    private object? ValueOf(FilterOperand operand, Node node) => operand switch
    {
        FilterOperand.Literal { Type: FieldType.String } text => text.Text,
        FilterOperand.Literal { Type: FieldType.Number } number => Number(number.Text),
        FilterOperand.Literal { Type: FieldType.Boolean } boolean => boolean.Text == "true",
        FilterOperand.Literal => JsonDocument.Parse("null").RootElement,
        FilterOperand.Selected selected => Find(selected.Query, node) is [Node one] ? ValueOf(one.Value) : null,
        FilterOperand.Only only => Find(only.Query, node) is [Node one] ? ValueOf(one.Value) : null,
        FilterOperand.Count count => (decimal)Find(count.Query, node).Count,
        FilterOperand.Length length => ValueOf(length.Of, node) switch
        {
            string text => (decimal)text.EnumerateRunes().Count(),
            JsonElement { ValueKind: JsonValueKind.Array } array => (decimal)array.GetArrayLength(),
            JsonElement { ValueKind: JsonValueKind.Object } members => (decimal)members.EnumerateObject().Count(),
            _ => null,
        },
        _ => throw new ArgumentOutOfRangeException(nameof(operand)),
    };

    private static object ValueOf(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString()!,
        JsonValueKind.Number => Number(element.GetRawText()),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => element,
    };

    private static decimal Number(string text) => decimal.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    private static bool Compare(object? left, FilterComparison how, object? right) => how switch
    {
        FilterComparison.Equal => AreEqual(left, right),
        FilterComparison.NotEqual => !AreEqual(left, right),
        FilterComparison.Less => IsLess(left, right),
        FilterComparison.LessOrEqual => IsLess(left, right) || AreEqual(left, right),
        FilterComparison.Greater => IsLess(right, left),
        _ => IsLess(right, left) || AreEqual(left, right),
    };

    private static bool IsLess(object? left, object? right) => (left, right) switch
    {
        (decimal first, decimal second) => first < second,
        (string first, string second) => first.EnumerateRunes().Select(rune => rune.Value).Zip(second.EnumerateRunes().Select(rune => rune.Value))
            .Select(pair => pair.First.CompareTo(pair.Second)).FirstOrDefault(order => order != 0, first.Length - second.Length) < 0,
        _ => false,
    };

    private static bool AreEqual(object? left, object? right) => (left, right) switch
    {
        (JsonElement { ValueKind: JsonValueKind.Null }, JsonElement { ValueKind: JsonValueKind.Null }) => true,
        (JsonElement { ValueKind: JsonValueKind.Array } first, JsonElement { ValueKind: JsonValueKind.Array } second) => first.GetArrayLength() == second.GetArrayLength()
            && first.EnumerateArray().Zip(second.EnumerateArray()).All(pair => AreEqual(ValueOf(pair.First), ValueOf(pair.Second))),
        (JsonElement { ValueKind: JsonValueKind.Object } first, JsonElement { ValueKind: JsonValueKind.Object } second) =>
            first.EnumerateObject().Count() == second.EnumerateObject().Count()
            && first.EnumerateObject().All(member => second.TryGetProperty(member.Name, out JsonElement other) && AreEqual(ValueOf(member.Value), ValueOf(other))),
        (JsonElement, _) or (_, JsonElement) => false,
        _ => Equals(left, right),
    };

    private sealed record Node(JsonElement Value, string Path, string? Name = null);
}
