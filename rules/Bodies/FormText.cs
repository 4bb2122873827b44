using System.Buffers;

namespace E3.Relay.Rules.Bodies;

/// <summary>Names and values as <c>application/x-www-form-urlencoded</c> spells them (URL Standard, section 5).</summary>
internal static class FormText
{
    private static readonly SearchValues<byte> Encoded = SearchValues.Create("%+"u8);
    private static readonly SearchValues<byte> Plain = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"u8);

    internal static bool IsEncoded(ReadOnlySpan<byte> text) => text.ContainsAny(Encoded);

    /// <summary>Whether every percent sign has its two hexadecimal digits.</summary>
    /// <param name="text">The text as it is spelled.</param>
    /// <param name="areAscii">Whether all that is escaped is ASCII.</param>
    internal static bool AreEscapesWhole(ReadOnlySpan<byte> text, out bool areAscii)
    {
        areAscii = true;
        while (text.IndexOf((byte)'%') is int at and >= 0)
        {
            text = text[at..];
            if (text.Length < 3 || !char.IsAsciiHexDigit((char)text[1]) || !char.IsAsciiHexDigit((char)text[2]))
                return false;
            areAscii &= text[1] < '8';
            text = text[3..];
        }

        return true;
    }

    /// <summary>Decodes escapes and, unless told otherwise, plus signs.</summary>
    /// <returns>False for a percent sign without two hexadecimal digits.</returns>
    internal static bool TryDecode(ReadOnlySpan<byte> source, Span<byte> destination, out int written, bool plusIsSpace = true)
    {
        written = 0;
        for (int i = 0; i < source.Length; i++)
        {
            byte value = source[i];
            if (value == '%')
            {
                if (i + 2 >= source.Length || !char.IsAsciiHexDigit((char)source[i + 1]) || !char.IsAsciiHexDigit((char)source[i + 2]))
                    return false;
                value = (byte)((HexValue(source[i + 1]) << 4) | HexValue(source[i + 2]));
                i += 2;
            }
            else if (value == '+' && plusIsSpace)
            {
                value = (byte)' ';
            }

            destination[written++] = value;
        }

        return true;
    }

    /// <summary>Decodes as servers do that leave what is no escape as it is.</summary>
    /// <returns>How many bytes were written.</returns>
    internal static int DecodeLeniently(ReadOnlySpan<byte> source, Span<byte> destination, bool plusIsSpace = true)
    {
        int written = 0;
        for (int i = 0; i < source.Length; written++)
        {
            int length = source[i] == '%' && AreEscapesWhole(source.Slice(i, Math.Min(3, source.Length - i)), out _) ? 3 : 1;
            TryDecode(source[i] == '%' && length == 1 ? "%25"u8 : source.Slice(i, length), destination[written..], out _, plusIsSpace);
            i += length;
        }

        return written;
    }

    /// <summary>Writes a value: unreserved characters plain, all others as percent escapes, so that no reader sees a separator.</summary>
    internal static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> value)
    {
        while (value.IndexOfAnyExcept(Plain) is int at and >= 0)
        {
            output.Write(value[..at]);
            output.Write([(byte)'%', HexDigit(value[at] >> 4), HexDigit(value[at] & 15)]);
            value = value[(at + 1)..];
        }

        output.Write(value);
    }

    private static int HexValue(byte c) => char.IsAsciiDigit((char)c) ? c - '0' : (c | 0x20) - 'a' + 10;

    private static byte HexDigit(int value) => (byte)(value < 10 ? '0' + value : 'A' + value - 10);
}
