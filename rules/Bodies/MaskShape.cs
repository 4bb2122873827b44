using System.Text;

namespace E3.Relay.Rules.Bodies;

/// <summary>The form of a mask: at most so many characters at the ends, and one character again and again between them.</summary>
internal readonly record struct MaskShape(int First, int Last, Rune With)
{
    internal static Rune Star { get; } = new('*');

    /// <summary>Whether a value has this form. A mask may show fewer characters than the rule allows, so fewer fit too.</summary>
    internal bool Fits(ReadOnlySpan<byte> utf8)
    {
        Span<byte> with = stackalloc byte[4];
        with = with[..With.EncodeToUtf8(with)];
        int start = utf8.IndexOf(with), end = utf8.LastIndexOf(with);
        if (start < 0 || !IsAll(utf8[start..end], with))
            return FitsWithin(utf8, with);
        return CountCharacters(utf8[..start]) <= First && CountCharacters(utf8[(end + with.Length)..]) <= Last;
    }

    /// <summary>Kept characters may be those of the mask themselves: then the hidden part is sought between the most that may be kept.</summary>
    private bool FitsWithin(ReadOnlySpan<byte> utf8, ReadOnlySpan<byte> with)
    {
        ReadOnlySpan<byte> hidden = Drop(utf8, First, false);
        hidden = Drop(hidden, Last, true);
        return !hidden.IsEmpty && IsAll(hidden, with);
    }

    private static bool IsAll(ReadOnlySpan<byte> text, ReadOnlySpan<byte> with)
    {
        while (text.StartsWith(with))
            text = text[with.Length..];
        return text.IsEmpty;
    }

    private static ReadOnlySpan<byte> Drop(ReadOnlySpan<byte> text, int count, bool fromEnd)
    {
        for (; count > 0 && !text.IsEmpty; count--)
        {
            int size;
            if (fromEnd)
                Rune.DecodeLastFromUtf8(text, out _, out size);
            else
                Rune.DecodeFromUtf8(text, out _, out size);
            text = fromEnd ? text[..^size] : text[size..];
        }

        return text;
    }

    private static int CountCharacters(ReadOnlySpan<byte> utf8)
    {
        int characters = 0;
        foreach (byte value in utf8)
            characters += (value & 0xC0) == 0x80 ? 0 : 1;
        return characters;
    }
}
