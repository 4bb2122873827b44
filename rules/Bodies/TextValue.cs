using System.Text;

namespace E3.Relay.Rules.Bodies;

/// <summary>What may be written into texts, which have no escapes.</summary>
internal static class TextValue
{
    private const string EndsACell = "\",;|\t";

    /// <summary>Spreadsheets take a cell that begins so for a formula.</summary>
    private const string BeginsAFormula = "=+-@";

    /// <summary>Whether a value can stand in a text without being read as more than itself: no line ends and no other control characters; in tables no quotes and separators.</summary>
    /// <param name="kind">The kind of the text.</param>
    /// <param name="value">The value; valid UTF-8.</param>
    /// <param name="mayBeFormula">False for what was decrypted: nobody looked at how it begins.</param>
    internal static bool CanHold(ContentKind kind, in FieldReplacement value, bool mayBeFormula)
    {
        bool isTable = kind is ContentKind.Table or ContentKind.AsciiTable, isAscii = kind is ContentKind.AsciiText or ContentKind.AsciiTable;
        ReadOnlySpan<byte> text = value.Value.Span;
        if (isTable && !mayBeFormula && value.Type != FieldType.Number && !text.IsEmpty && BeginsAFormula.Contains((char)text[0], StringComparison.Ordinal))
            return false;
        while (!text.IsEmpty)
        {
            Rune.DecodeFromUtf8(text, out Rune rune, out int length);
            if (EndsALine(rune) || (isAscii && !rune.IsAscii) || (isTable && rune.IsAscii && EndsACell.Contains((char)rune.Value, StringComparison.Ordinal)))
                return false;
            text = text[length..];
        }

        return true;
    }

    private static bool EndsALine(Rune rune) => (Rune.IsControl(rune) && rune.Value != '\t') || rune.Value is 0x2028 or 0x2029;
}
