using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace E3.Relay.Rules.Bodies;

/// <summary>Strings and numbers as JSON spells them (RFC 8259, sections 6 and 7).</summary>
internal static class JsonText
{
    /// <summary>What is escaped in a string: what must be, what ends a script element, and the first byte of U+2028 and U+2029.</summary>
    private static readonly SearchValues<byte> EscapedInString = SearchValues.Create(
    [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
        (byte)'"', (byte)'\\', (byte)'<', (byte)'>', (byte)'&', 0xE2,
    ]);

    private static readonly SearchValues<byte> EscapedInDocument = SearchValues.Create((byte)'<', (byte)'>', (byte)'&', 0xE2);

    /// <summary>Decodes the inside of a string that a reader has accepted.</summary>
    /// <returns>False for a lone surrogate.</returns>
    internal static bool TryUnescape(ReadOnlySpan<byte> source, Span<byte> destination, out int written)
    {
        written = 0;
        while (!source.IsEmpty)
        {
            int plain = source.IndexOf((byte)'\\');
            if (plain < 0)
                plain = source.Length;
            source[..plain].CopyTo(destination[written..]);
            written += plain;
            source = source[plain..];
            if (!source.IsEmpty && !TryUnescapeOne(ref source, destination, ref written))
                return false;
        }

        return true;
    }

    private static bool TryUnescapeOne(ref ReadOnlySpan<byte> source, Span<byte> destination, ref int written)
    {
        byte kind = source[1];
        if (kind == 'u')
            return TryUnescapeUnicode(ref source, destination, ref written);
        destination[written++] = kind switch
        {
            (byte)'b' => 8,
            (byte)'t' => 9,
            (byte)'n' => 10,
            (byte)'f' => 12,
            (byte)'r' => 13,
            _ => kind,
        };
        source = source[2..];
        return true;
    }

    private static bool TryUnescapeUnicode(ref ReadOnlySpan<byte> source, Span<byte> destination, ref int written)
    {
        char unit = ReadUnit(source);
        source = source[6..];
        Rune rune;
        if (char.IsSurrogate(unit))
        {
            if (source.Length < 6 || source[0] != '\\' || source[1] != 'u' || !Rune.TryCreate(unit, ReadUnit(source), out rune))
                return false;
            source = source[6..];
        }
        else
        {
            rune = new Rune(unit);
        }

        written += rune.EncodeToUtf8(destination[written..]);
        return true;
    }

    private static char ReadUnit(ReadOnlySpan<byte> escape) =>
        Utf8Parser.TryParse(escape.Slice(2, 4), out ushort unit, out int consumed, 'x') && consumed == 4 ? (char)unit : '\uD800';

    /// <summary>Writes valid UTF-8 into a string that has its quotes already.</summary>
    internal static void WriteText(IBufferWriter<byte> output, ReadOnlySpan<byte> utf8) => WriteEscaped(output, utf8, EscapedInString);

    /// <summary>Writes valid UTF-8 as a string with its quotes.</summary>
    internal static void WriteString(IBufferWriter<byte> output, ReadOnlySpan<byte> utf8)
    {
        // Tokens and most values are plain, and each call of the writer costs as much as they do.
        if (!utf8.ContainsAny(EscapedInString))
        {
            int length = checked(utf8.Length + 2);
            Span<byte> text = output.GetSpan(length)[..length];
            text[0] = text[^1] = (byte)'"';
            utf8.CopyTo(text[1..]);
            output.Advance(length);
            return;
        }

        output.Write("\""u8);
        WriteEscaped(output, utf8, EscapedInString);
        output.Write("\""u8);
    }

    /// <summary>Writes a valid JSON document. The characters that are escaped can stand only inside of its strings.</summary>
    internal static void WriteDocument(IBufferWriter<byte> output, ReadOnlySpan<byte> json) => WriteEscaped(output, json, EscapedInDocument);

    private static void WriteEscaped(IBufferWriter<byte> output, ReadOnlySpan<byte> utf8, SearchValues<byte> escaped)
    {
        while (utf8.IndexOfAny(escaped) is int at and >= 0)
        {
            output.Write(utf8[..at]);
            utf8 = utf8[at..];
            int taken = 1;
            if (utf8[0] != 0xE2)
                WriteUnit(output, utf8[0]);
            else if (utf8[1] == 0x80 && utf8[2] is 0xA8 or 0xA9)
                WriteUnit(output, 0x2000 | (utf8[(taken = 3) - 1] & 0x3F));
            else
                output.Write(utf8[..(taken = 3)]);
            utf8 = utf8[taken..];
        }

        output.Write(utf8);
    }

    private static void WriteUnit(IBufferWriter<byte> output, int unit)
    {
        ReadOnlySpan<byte> digits = "0123456789abcdef"u8;
        output.Write([(byte)'\\', (byte)'u', digits[unit >> 12], digits[(unit >> 8) & 15], digits[(unit >> 4) & 15], digits[unit & 15]]);
    }

    /// <summary>RFC 8259, section 6.</summary>
    internal static bool IsNumber(ReadOnlySpan<byte> text)
    {
        if (text is [(byte)'-', ..])
            text = text[1..];
        int digits = CountDigits(text);
        if (digits == 0 || (text[0] == '0' && digits > 1))
            return false;
        text = text[digits..];
        if (text is [(byte)'.', ..])
        {
            digits = CountDigits(text[1..]);
            if (digits == 0)
                return false;
            text = text[(digits + 1)..];
        }

        if (text is not [(byte)'e' or (byte)'E', ..])
            return text.IsEmpty;
        text = text[1..];
        if (text is [(byte)'+' or (byte)'-', ..])
            text = text[1..];
        return !text.IsEmpty && CountDigits(text) == text.Length;
    }

    private static int CountDigits(ReadOnlySpan<byte> text)
    {
        int other = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return other < 0 ? text.Length : other;
    }
}
