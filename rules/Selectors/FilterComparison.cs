namespace E3.Relay.Rules.Selectors;

/// <summary>RFC 9535, section 2.3.5.2.2.</summary>
internal enum FilterComparison : byte
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}
