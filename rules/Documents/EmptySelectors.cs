using System.Globalization;
using System.Text.RegularExpressions;
using E3.Relay.Rules.Bodies;
using E3.Relay.Rules.Selectors;
using E3.Relay.Rules.Xml;

namespace E3.Relay.Rules.Documents;

/// <summary>Finds selectors that select nothing in any body, as far as that is plain from what they say: who wrote one takes something for protected that is not.</summary>
internal static partial class EmptySelectors
{
    /// <summary>The first such selector of an operation; null when there is none.</summary>
    internal static string? Find(OperationModel operation) =>
        operation.Json.FirstOrDefault(json => IsEmpty(json.Selector.Segments))?.Selector.Text ?? operation.Xml.FirstOrDefault(xml => IsEmpty(xml.Selector))?.Selector.Text;

    private static bool IsEmpty(IReadOnlyList<JsonPathSegment> segments) => segments.Any(segment => segment.Steps.All(IsEmpty));

    private static bool IsEmpty(JsonPathStep step) => step.Kind switch
    {
        JsonPathStepKind.Slice => IsEmpty(step.Slice),
        JsonPathStepKind.Filter => ValueOf(step.Filter!) == false,
        _ => false,
    };

    private static bool IsEmpty(JsonPathSlice slice)
    {
        if (slice.IsEmpty || (slice.Step > 0 && slice.End == 0))
            return true;
        // Both counted from the same end of the array.
        return slice is { Start: { } start, End: { } end } && start < 0 == end < 0 && (slice.Step > 0 ? end <= start : end >= start);
    }

    /// <summary>What a filter says of every child; null when that depends on it.</summary>
    private static bool? ValueOf(FilterExpression filter) => filter switch
    {
        FilterExpression.Any any => any.Terms.Any(term => ValueOf(term) == true) ? true : any.Terms.All(term => ValueOf(term) == false) ? false : null,
        FilterExpression.All all => all.Terms.Any(term => ValueOf(term) == false) ? false : all.Terms.All(term => ValueOf(term) == true) ? true : null,
        FilterExpression.Not not => !ValueOf(not.Term),
        FilterExpression.Compares { Left: FilterOperand.Literal left, Right: FilterOperand.Literal right } compares => Compare(left, compares.How, right),
        _ => null,
    };

    /// <summary>RFC 9535, section 2.3.5.2.2.</summary>
    private static bool? Compare(FilterOperand.Literal left, FilterComparison how, FilterOperand.Literal right)
    {
        if (left.Type != right.Type)
            return how == FilterComparison.NotEqual;
        int order = left.Type == FieldType.Number
            ? JsonNumber.TryCompare(left.Utf8.Span, right.Utf8.Span, out int byValue) ? byValue : 0
            : left.Utf8.Span.SequenceCompareTo(right.Utf8.Span);
        bool isOrdered = left.Type is FieldType.Number or FieldType.String;
        return how switch
        {
            FilterComparison.Equal => order == 0,
            FilterComparison.NotEqual => order != 0,
            FilterComparison.Less => isOrdered && order < 0,
            FilterComparison.LessOrEqual => order == 0 || (isOrdered && order < 0),
            FilterComparison.Greater => isOrdered && order > 0,
            _ => order == 0 || (isOrdered && order > 0),
        };
    }

    /// <summary>Positions are whole numbers from 1 (XPath 1.0, section 2.4), and a declaration of a namespace is no attribute (section 5.3).</summary>
    private static bool IsEmpty(XmlPath path)
    {
        if (path.Alternatives.Any(steps => steps.Any(step => step is { Kind: XmlPathStepKind.Attribute, Name: "xmlns" })))
            return true;
        if (path.Expression is null)
            return false;
        string text = Quoted().Replace(path.Text, "''");
        return Never().IsMatch(text) || Position().Matches(text).Any(match => IsNoPosition(match.Groups["number"].Value));
    }

    private static bool IsNoPosition(string number) => !double.TryParse(number.Replace(" ", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture, out double position)
        || position < 1 || position != Math.Floor(position);

    [GeneratedRegex("'[^']*'|\"[^\"]*\"")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\[\s*(position\(\s*\)\s*=\s*)?(?<number>-?\s*(\d+(\.\d*)?|\.\d+))\s*\]")]
    private static partial Regex Position();

    [GeneratedRegex(@"\[\s*false\(\s*\)\s*\]|@\s*xmlns\s*($|[|)\]])")]
    private static partial Regex Never();
}
