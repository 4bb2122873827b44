namespace E3.Relay.Rules.Selectors;

/// <summary>A form selector: an exact name, or the beginning of names when it was written with <c>*</c> at its end.</summary>
/// <param name="Text">The selector as it was written.</param>
/// <param name="Name">The name or the beginning.</param>
/// <param name="IsPrefix">Whether all names that begin so are selected.</param>
internal sealed record FormName(string Text, string Name, bool IsPrefix)
{
    /// <summary>The name without closing brackets: to some servers <c>a[b]</c> and <c>a.b</c> are one name.</summary>
    internal string Joined => Name.Replace("]", "", StringComparison.Ordinal);

    internal static FormName Parse(string text) => text.EndsWith('*') ? new(text, text[..^1], true) : new(text, text, false);
}
