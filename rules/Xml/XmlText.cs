using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace E3.Relay.Rules.Xml;

/// <summary>Character data and attribute values as XML 1.0 spells them.</summary>
internal static class XmlText
{
    private const int ReferenceBytesMax = 64;
    private static readonly SearchValues<byte> DecodedInText = SearchValues.Create("&\r"u8);
    private static readonly SearchValues<byte> DecodedInAttribute = SearchValues.Create("&\r\n\t"u8);
    private static readonly SearchValues<byte> DecodedInContent = SearchValues.Create("&\r<"u8);
    private static readonly SearchValues<byte> Escaped = SearchValues.Create("&<>\"'\r\n\t"u8);

    // What no XML document can hold (section 2.2), and the first byte of U+FFFE and U+FFFF.
    private static readonly SearchValues<byte> Suspect = SearchValues.Create(
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 0xEF]);

    /// <summary>Whether element content, CDATA sections in it, is spelled as it is read.</summary>
    internal static bool IsPlainContent(ReadOnlySpan<byte> raw) => !raw.ContainsAny(DecodedInContent);

    /// <summary>The same of an attribute's value.</summary>
    internal static bool IsPlainAttribute(ReadOnlySpan<byte> raw) => !raw.ContainsAny(DecodedInAttribute);

    internal static bool IsSpace(byte value) => value is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t';

    internal static bool IsSpace(ReadOnlySpan<byte> text) => !text.ContainsAnyExcept(" \n\r\t"u8);

    internal static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text) => text.Trim(" \n\r\t"u8);

    /// <summary>Whether all characters of valid UTF-8 may stand in a document (section 2.2).</summary>
    internal static bool CanHold(ReadOnlySpan<byte> utf8)
    {
        while (utf8.IndexOfAny(Suspect) is int at and >= 0)
        {
            if (utf8[at] != 0xEF || (utf8[at + 1] == 0xBF && utf8[at + 2] >= 0xBE))
                return false;
            utf8 = utf8[(at + 3)..];
        }

        return true;
    }

    /// <summary>Decodes a run of text and CDATA sections. The result is never longer than what is decoded.</summary>
    /// <returns>False when something else is among it.</returns>
    internal static bool TryDecodeContent(ReadOnlySpan<byte> raw, Span<byte> decoded, out int written)
    {
        written = 0;
        while (!raw.IsEmpty)
        {
            int text = raw.IndexOf((byte)'<');
            if (text < 0)
                text = raw.Length;
            if (!TryDecodeText(raw[..text], decoded, ref written))
                return false;
            raw = raw[text..];
            if (raw.IsEmpty)
                break;
            int end = raw.StartsWith("<![CDATA["u8) ? raw.IndexOf("]]>"u8) : -1;
            if (end < 0)
                return false;
            DecodeLines(raw[9..end], decoded, ref written);
            raw = raw[(end + 3)..];
        }

        return true;
    }

    /// <summary>Decodes references and ends of lines (sections 2.11 and 4.6).</summary>
    internal static bool TryDecodeText(ReadOnlySpan<byte> raw, Span<byte> decoded, ref int written) => TryDecode(raw, decoded, DecodedInText, ref written);

    /// <summary>Decodes references and normalizes white space (section 3.3.3, for attributes of type CDATA).</summary>
    internal static bool TryDecodeAttribute(ReadOnlySpan<byte> raw, Span<byte> decoded, ref int written) => TryDecode(raw, decoded, DecodedInAttribute, ref written);

    /// <summary>Decodes ends of lines alone, as in CDATA sections, comments and processing instructions.</summary>
    internal static void DecodeLines(ReadOnlySpan<byte> raw, Span<byte> decoded, ref int written)
    {
        while (true)
        {
            int plain = raw.IndexOf((byte)'\r');
            raw[..(plain < 0 ? raw.Length : plain)].CopyTo(decoded[written..]);
            written += plain < 0 ? raw.Length : plain;
            if (plain < 0)
                return;
            decoded[written++] = (byte)'\n';
            raw = raw[(plain + LineEnd(raw[plain..]))..];
        }
    }

    private static int LineEnd(ReadOnlySpan<byte> raw) => raw is [(byte)'\r', (byte)'\n', ..] ? 2 : 1;

    private static bool TryDecode(ReadOnlySpan<byte> raw, Span<byte> decoded, SearchValues<byte> special, ref int written)
    {
        while (!raw.IsEmpty)
        {
            int plain = raw.IndexOfAny(special);
            if (plain < 0)
                plain = raw.Length;
            raw[..plain].CopyTo(decoded[written..]);
            written += plain;
            raw = raw[plain..];
            if (raw.IsEmpty)
                break;
            if (raw[0] == '&')
            {
                if (!TryDecodeReference(ref raw, decoded, ref written))
                    return false;
                continue;
            }

            decoded[written++] = ReferenceEquals(special, DecodedInAttribute) ? (byte)' ' : (byte)'\n';
            raw = raw[LineEnd(raw)..];
        }

        return true;
    }

    private static bool TryDecodeReference(ref ReadOnlySpan<byte> raw, Span<byte> decoded, ref int written)
    {
        int end = raw[..Math.Min(raw.Length, ReferenceBytesMax)].IndexOf((byte)';');
        if (end < 0)
            return false;
        ReadOnlySpan<byte> name = raw[1..end];
        raw = raw[(end + 1)..];
        if (name is [(byte)'#', ..])
            return TryDecodeCharacter(name[1..], decoded, ref written);
        byte value = name switch
        {
            [(byte)'l', (byte)'t'] => (byte)'<',
            [(byte)'g', (byte)'t'] => (byte)'>',
            [(byte)'a', (byte)'m', (byte)'p'] => (byte)'&',
            [(byte)'q', (byte)'u', (byte)'o', (byte)'t'] => (byte)'"',
            [(byte)'a', (byte)'p', (byte)'o', (byte)'s'] => (byte)'\'',
            _ => 0,
        };
        if (value == 0)
            return false;
        decoded[written++] = value;
        return true;
    }

    // The reader has the last word on which characters are legal.
    private static bool TryDecodeCharacter(ReadOnlySpan<byte> digits, Span<byte> decoded, ref int written)
    {
        bool isHex = digits is [(byte)'x', ..];
        digits = (isHex ? digits[1..] : digits).TrimStart((byte)'0');
        if (digits.Length > 7 || !Utf8Parser.TryParse(digits, out int value, out int consumed, isHex ? 'x' : 'D') || consumed != digits.Length
            || digits[0] is (byte)'+' or (byte)'-' || !Rune.TryCreate(value, out Rune rune))
        {
            return false;
        }

        written += rune.EncodeToUtf8(decoded[written..]);
        return true;
    }

    /// <summary>Writes text so that it is text at its place: in an element, and between quotes of either kind.</summary>
    /// <param name="output">Where to write.</param>
    /// <param name="utf8">Valid UTF-8 that a document can hold.</param>
    /// <param name="isAttribute">Whether ends of lines and tabs would be read as spaces.</param>
    /// <param name="asAscii">Whether the document says that it is ASCII.</param>
    internal static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> utf8, bool isAttribute, bool asAscii)
    {
        while (true)
        {
            int plain = utf8.IndexOfAny(Escaped), other = asAscii ? utf8.IndexOfAnyInRange((byte)0x80, (byte)0xFF) : -1;
            if (other >= 0 && (plain < 0 || other < plain))
                plain = other;
            output.Write(plain < 0 ? utf8 : utf8[..plain]);
            if (plain < 0)
                return;
            utf8 = utf8[plain..];
            Rune.DecodeFromUtf8(utf8, out Rune rune, out int taken);
            WriteOne(output, rune.Value, isAttribute);
            utf8 = utf8[taken..];
        }
    }

    private static void WriteOne(IBufferWriter<byte> output, int character, bool isAttribute)
    {
        switch (character)
        {
            case '&':
                output.Write("&amp;"u8);
                break;
            case '<':
                output.Write("&lt;"u8);
                break;
            case '>':
                output.Write("&gt;"u8);
                break;
            case '\n' or '\t' when !isAttribute:
                output.Write([(byte)character]);
                break;
            default:
                Span<byte> digits = stackalloc byte[8];
                Utf8Formatter.TryFormat(character, digits, out int written);
                output.Write("&#"u8);
                output.Write(digits[..written]);
                output.Write(";"u8);
                break;
        }
    }
}
