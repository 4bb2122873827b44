namespace E3.Relay.Rules.Documents;

/// <summary>What a rule says for all of its operations.</summary>
/// <param name="Incoming">What encrypt operations do with tokens that come in; null for the default of the direction.</param>
/// <param name="ExactNames">Names are compared byte by byte.</param>
/// <param name="Namespaces">Namespaces by the prefix that XPath selectors name them by.</param>
/// <param name="Path">The paths that the rule is for; null when they could not be read.</param>
internal sealed record OperationDefaults(IncomingTokens? Incoming, bool ExactNames, IReadOnlyDictionary<string, string> Namespaces, Matching.PathPattern? Path);
