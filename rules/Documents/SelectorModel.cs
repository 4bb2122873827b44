namespace E3.Relay.Rules.Documents;

/// <summary>One selector of an operation.</summary>
/// <param name="Selector">The parsed selector.</param>
/// <param name="IsRequired">Selecting nothing is an error.</param>
internal sealed record SelectorModel<T>(T Selector, bool IsRequired);
