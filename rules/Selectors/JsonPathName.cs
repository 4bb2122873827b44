using E3.Relay.Rules.Names;

namespace E3.Relay.Rules.Selectors;

/// <summary>A member's name in a query.</summary>
internal sealed class JsonPathName(string text)
{
    private NameTable? _folded, _exact;

    internal string Text => text;

    /// <summary>The name as servers read it.</summary>
    internal string Folded { get; } = System.Text.Encoding.UTF8.GetString(NameFold.Fold(System.Text.Encoding.UTF8.GetBytes(text)));

    /// <summary>Whether a member has this name.</summary>
    /// <param name="name">The member's decoded name in UTF-8.</param>
    /// <param name="exact">Byte by byte, or as servers read names.</param>
    internal bool Matches(ReadOnlySpan<byte> name, bool exact) =>
        (exact ? _exact ??= TableOf(true) : _folded ??= TableOf(false)).Find(name) == 0;

    private NameTable TableOf(bool exact)
    {
        NameTable.Builder table = new(exact);
        table.Add(text);
        return table.Build();
    }
}
