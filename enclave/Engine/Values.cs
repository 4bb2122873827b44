using System.Buffers;
using System.Text;
using System.Text.Unicode;
using E3.Relay.Enclave.Protocol;

namespace E3.Relay.Enclave.Engine;

/// <summary>What a value of each type must look like, and how it is masked.</summary>
internal static class Values
{
    private static readonly SearchValues<byte> Digits = SearchValues.Create("0123456789"u8);

    /// <summary>True when the bytes are a value of the type. Objects and arrays are only checked to be UTF-8: who reads them parses them under limits of its own.</summary>
    public static bool IsValid(DataType type, ReadOnlySpan<byte> value) => type switch
    {
        DataType.String or DataType.Object or DataType.Array => Utf8.IsValid(value),
        DataType.Number => IsNumber(value),
        DataType.Boolean => value.SequenceEqual("true"u8) || value.SequenceEqual("false"u8),
        DataType.Null => value.IsEmpty,
        DataType.Bytes => true,
        _ => false,
    };

    /// <summary>Unicode scalar values in a text.</summary>
    public static int CountCharacters(ReadOnlySpan<byte> value)
    {
        int count = 0;
        for (ReadOnlySpan<byte> rest = value; !rest.IsEmpty; count++)
            rest = rest[Read(rest)..];
        return count;
    }

    /// <summary>Writes the value with all but its first and last few characters replaced.</summary>
    public static void Mask(ReadOnlySpan<byte> value, int first, int last, Rune with, IBufferWriter<byte> output)
    {
        int count = CountCharacters(value);
        Span<byte> mask = stackalloc byte[4];
        mask = mask[..with.EncodeToUtf8(mask)];
        for (int i = 0; !value.IsEmpty; i++)
        {
            int length = Read(value);
            output.Write(i < first || i >= count - last ? value[..length] : mask);
            value = value[length..];
        }
    }

    private static int Read(ReadOnlySpan<byte> value)
    {
        Rune.DecodeFromUtf8(value, out _, out int length);
        return length;
    }

    // RFC 8259 section 6.
    private static bool IsNumber(ReadOnlySpan<byte> text)
    {
        if (text.StartsWith((byte)'-'))
            text = text[1..];
        int digits = CountDigits(text);
        if (digits == 0 || (text[0] == '0' && digits > 1))
            return false;
        text = text[digits..];
        if (text.StartsWith((byte)'.'))
        {
            digits = CountDigits(text[1..]);
            if (digits == 0)
                return false;
            text = text[(1 + digits)..];
        }

        if (text.IsEmpty)
            return true;
        if ((text[0] | 0x20) != 'e')
            return false;
        text = text[1..];
        if (!text.IsEmpty && text[0] is (byte)'+' or (byte)'-')
            text = text[1..];
        return !text.IsEmpty && CountDigits(text) == text.Length;
    }

    private static int CountDigits(ReadOnlySpan<byte> text)
    {
        int end = text.IndexOfAnyExcept(Digits);
        return end < 0 ? text.Length : end;
    }
}
