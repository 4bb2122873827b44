namespace E3.Relay.Rules.Selectors;

/// <summary>A form selector: an exact name, or the beginning of names when it was written with <c>*</c> at its end.</summary>
/// <param name="Text">The selector as it was written.</param>
/// <param name="Name">The name or the beginning.</param>
/// <param name="IsPrefix">Whether all names that begin so are selected.</param>
internal sealed record FormName(string Text, string Name, bool IsPrefix)
{
    /// <summary>The name without closing brackets: to some servers <c>a[b]</c> and <c>a.b</c> are one name.</summary>
    internal string Joined => Name.Replace("]", "", StringComparison.Ordinal);

    /// <summary>The name as servers read it, but for its brackets.</summary>
    internal string Folded { get; } = System.Text.Encoding.UTF8.GetString(Names.NameFold.Fold(System.Text.Encoding.UTF8.GetBytes(Name)));

    /// <summary>Why a name could not be that of a field; null when it could.</summary>
    internal static string? WhyInvalid(FormName name)
    {
        if (name.Name.Contains('*', StringComparison.Ordinal))
            return "has * before its end; * stands only at the end, for any names that begin so";
        if (name.Name.Any(char.IsControl) || name.Name.EnumerateRunes().Any(rune => rune.Value == 0xFFFD))
            return "has a control character or a lone surrogate";
        return name.Name.Length == 0 && !name.IsPrefix ? "is empty and selects nothing" : null;
    }

    /// <summary>Why no field of a form or a query is ever selected by a name that could be one; null when some is.</summary>
    internal static string? WhyNothing(FormName name)
    {
        byte[] utf8 = System.Text.Encoding.UTF8.GetBytes(name.Name);
        if (utf8.Contains((byte)'%') && Bodies.FormText.DecodeLeniently(utf8, new byte[utf8.Length], plusIsSpace: false) < utf8.Length)
            return "has a percent escape; names are written decoded, such as card[cvc]";
        return !name.IsPrefix && name.Name.Equals("_charset_", StringComparison.OrdinalIgnoreCase) ? "says what charset the others are in, and is never changed" : null;
    }

    internal static FormName Parse(string text) => text.EndsWith('*') ? new(text, text[..^1], true) : new(text, text, false);
}
