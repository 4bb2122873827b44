namespace E3.Relay.Rules.Selectors;

/// <summary>A header selector: a field's name without case, or the beginning of names when it was written with <c>*</c> at its end.</summary>
/// <param name="Text">The selector as it was written.</param>
/// <param name="Name">The name or the beginning.</param>
/// <param name="IsPrefix">Whether all names that begin so are selected.</param>
internal sealed record HeaderName(string Text, string Name, bool IsPrefix)
{
    internal static HeaderName Parse(string text) => text.EndsWith('*') ? new(text, text[..^1], true) : new(text, text, false);

    /// <summary>RFC 9110, section 5.1: a token.</summary>
    internal static bool IsFieldName(string name) => name.Length > 0 && name.All(static c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal));

    /// <summary>Whether some field could have a name that both select.</summary>
    internal static bool Meet(HeaderName a, bool exactA, HeaderName b, bool exactB)
    {
        string first = Comparable(a.Name, exactA && exactB), second = Comparable(b.Name, exactA && exactB);
        if (a.IsPrefix && b.IsPrefix)
            return first.StartsWith(second, StringComparison.Ordinal) || second.StartsWith(first, StringComparison.Ordinal);
        if (a.IsPrefix)
            return second.StartsWith(first, StringComparison.Ordinal);
        return b.IsPrefix ? first.StartsWith(second, StringComparison.Ordinal) : first == second;
    }

    /// <summary>A name as servers compare it. CGI and its heirs know letters and digits alone; all else is one sign to them (RFC 3875, section 4.1.18).</summary>
    /// <param name="name">The name.</param>
    /// <param name="exact">Case alone is ignored.</param>
    internal static string Comparable(string name, bool exact) =>
        string.Create(name.Length, (name, exact), static (span, from) =>
        {
            for (int i = 0; i < span.Length; i++)
                span[i] = Fold(from.name[i], from.exact);
        });

    /// <summary>One character of a name in its comparable form.</summary>
    internal static char Fold(char c, bool exact) => exact || char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '-';
}
