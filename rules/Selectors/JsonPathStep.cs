namespace E3.Relay.Rules.Selectors;

/// <summary>
/// What a child of a node must be: a member of this name, an element at this index or in this slice, a child that a filter lets through, or any child.
/// The RFC calls it a selector, which here is the whole query.
/// </summary>
internal sealed record JsonPathStep(JsonPathStepKind Kind)
{
    internal static JsonPathStep Wildcard { get; } = new(JsonPathStepKind.Wildcard);

    /// <summary>The member's name; null when this is no step to a name.</summary>
    internal JsonPathName? Name { get; private init; }

    /// <summary>The element's index; a negative one counts from the end.</summary>
    internal long Index { get; private init; }

    internal JsonPathSlice Slice { get; private init; }

    internal FilterExpression? Filter { get; private init; }

    /// <summary>Whether what comes after a child, or inside of it, decides if the step leads to it.</summary>
    internal bool LooksAhead => Kind switch
    {
        JsonPathStepKind.Index => Index < 0,
        JsonPathStepKind.Slice => !Slice.IsForward,
        JsonPathStepKind.Filter => true,
        _ => false,
    };

    internal static JsonPathStep ForName(string name) => new(JsonPathStepKind.Name) { Name = new(name) };

    internal static JsonPathStep ForIndex(long index) => new(JsonPathStepKind.Index) { Index = index };

    internal static JsonPathStep ForSlice(JsonPathSlice slice) => new(JsonPathStepKind.Slice) { Slice = slice };

    internal static JsonPathStep ForFilter(FilterExpression filter) => new(JsonPathStepKind.Filter) { Filter = filter };
}
