namespace E3.Relay.Rules.Selectors;

internal enum JsonPathStepKind : byte
{
    Name,
    Index,
    Wildcard,
    Slice,
    Filter,
}
