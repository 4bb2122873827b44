namespace E3.Relay.Rules.Selectors;

/// <summary>What a child of a node must be: a member of this name, an element at this index, or any child. The RFC calls it a selector, which here is the whole query.</summary>
internal readonly record struct JsonPathStep(JsonPathStepKind Kind, string Name, long Index)
{
    internal static JsonPathStep Wildcard => new(JsonPathStepKind.Wildcard, "", 0);

    internal static JsonPathStep ForName(string name) => new(JsonPathStepKind.Name, name, 0);

    internal static JsonPathStep ForIndex(long index) => new(JsonPathStepKind.Index, "", index);
}
