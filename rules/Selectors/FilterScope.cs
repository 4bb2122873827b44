namespace E3.Relay.Rules.Selectors;

/// <summary>How much of a document a filter looks at.</summary>
internal static class FilterScope
{
    /// <summary>Whether a query in it, or in a filter inside of it, begins at the document.</summary>
    internal static bool NeedsDocument(FilterExpression filter) => filter switch
    {
        FilterExpression.Any any => any.Terms.Any(NeedsDocument),
        FilterExpression.All all => all.Terms.Any(NeedsDocument),
        FilterExpression.Not not => NeedsDocument(not.Term),
        FilterExpression.Exists exists => NeedsDocument(exists.Query),
        FilterExpression.Compares compares => NeedsDocument(compares.Left) || NeedsDocument(compares.Right),
        FilterExpression.Matches matches => NeedsDocument(matches.Text) || NeedsDocument(matches.Pattern),
        _ => throw new ArgumentOutOfRangeException(nameof(filter)),
    };

    private static bool NeedsDocument(FilterOperand operand) => operand switch
    {
        FilterOperand.Literal => false,
        FilterOperand.Selected selected => NeedsDocument(selected.Query),
        FilterOperand.Length length => NeedsDocument(length.Of),
        FilterOperand.Count count => NeedsDocument(count.Query),
        FilterOperand.Only only => NeedsDocument(only.Query),
        _ => throw new ArgumentOutOfRangeException(nameof(operand)),
    };

    private static bool NeedsDocument(FilterQuery query) =>
        query.IsAbsolute || query.Segments.Any(segment => segment.Steps.Any(step => step.Filter is { } inner && NeedsDocument(inner)));
}
