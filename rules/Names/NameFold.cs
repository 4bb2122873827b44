using System.Globalization;
using System.Text;

namespace E3.Relay.Rules.Names;

/// <summary>
/// Names as servers read them: two names with the same folded form are one name to some server. Case is ignored, canonically equivalent spellings are
/// one, and <c>.</c>, <c>[</c> and space are <c>_</c> as in PHP. The folding errs on the side of finding names equal.
/// </summary>
internal static class NameFold
{
    private static readonly byte[] AsciiTable = BuildAsciiTable();

    /// <summary>The folded form of each ASCII byte; other bytes stand for themselves.</summary>
    internal static ReadOnlySpan<byte> Ascii => AsciiTable;

    /// <summary>The folded form of a name in UTF-8.</summary>
    internal static byte[] Fold(ReadOnlySpan<byte> utf8)
    {
        if (!System.Text.Ascii.IsValid(utf8))
            return Encoding.UTF8.GetBytes(FoldText(Encoding.UTF8.GetString(utf8), true));
        byte[] folded = new byte[utf8.Length];
        for (int i = 0; i < folded.Length; i++)
            folded[i] = AsciiTable[utf8[i]];
        return folded;
    }

    /// <summary>The name itself when it is ASCII, where <see cref="Ascii"/> folds each byte; else its folded form, in which that changes nothing.</summary>
    internal static ReadOnlySpan<byte> FoldUnlessAscii(ReadOnlySpan<byte> utf8) => System.Text.Ascii.IsValid(utf8) ? utf8 : Fold(utf8);

    /// <summary>The folded form of a path segment: as for names, but without PHP's mapping.</summary>
    internal static string FoldSegment(string segment)
    {
        if (!System.Text.Ascii.IsValid(segment))
            return FoldText(segment, false);
        return segment.ToLowerInvariant();
    }

    private static string FoldText(string text, bool mapped)
    {
        List<Rune> runes = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
            CanonicalDecomposition.Append(Undotted(rune.Value), runes);
        for (int i = 0; i < runes.Count; i++)
            runes[i] = FoldRune(runes[i], mapped);
        SortMarks(runes);
        StringBuilder builder = new(text.Length);
        foreach (Rune rune in runes)
            builder.Append(rune);
        return builder.ToString();
    }

    /// <summary>The Turkish dotted capital and dotless small i: some comparisons take either for i.</summary>
    private static int Undotted(int codePoint) => codePoint is 0x130 or 0x131 ? 'i' : codePoint;

    private static Rune FoldRune(Rune rune, bool mapped)
    {
        if (rune.IsAscii)
            return mapped ? new Rune(AsciiTable[rune.Value]) : Rune.ToLowerInvariant(rune);
        // Simple case folding takes the long s for an s, which the invariant case mapping does not.
        return rune.Value == 0x17F ? new Rune('s') : Rune.ToLowerInvariant(Rune.ToUpperInvariant(rune));
    }

    /// <summary>Puts the marks after a base into one order. By code point, not by combining class: that finds more names equal, never fewer.</summary>
    private static void SortMarks(List<Rune> runes)
    {
        int start = 0;
        for (int i = 0; i <= runes.Count; i++)
        {
            if (i < runes.Count && IsMark(runes[i]))
                continue;
            if (i - start > 1)
                runes.Sort(start, i - start, null);
            start = i + 1;
        }
    }

    private static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;

    private static byte[] BuildAsciiTable()
    {
        byte[] table = new byte[256];
        for (int i = 0; i < table.Length; i++)
            table[i] = (byte)i;
        for (int i = 'A'; i <= 'Z'; i++)
            table[i] = (byte)(i + 32);
        table['.'] = table['['] = table[' '] = (byte)'_';
        return table;
    }
}
