namespace E3.Relay.Rules.Selectors;

/// <summary>Why a selector is refused.</summary>
/// <param name="Position">Where in the selector, counted from 1 in UTF-16 code units.</param>
/// <param name="IsUnsupported">The selector is, as far as it was read, well-formed; this version cannot apply it.</param>
/// <param name="Reason">What is wrong.</param>
internal sealed record SelectorError(int Position, bool IsUnsupported, string Reason);
