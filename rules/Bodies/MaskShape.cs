using System.Text;

namespace E3.Relay.Rules.Bodies;

/// <summary>The form of a mask: at most so many characters at the ends, and stars between them.</summary>
internal readonly record struct MaskShape(int First, int Last)
{
    private const byte Star = (byte)'*';

    /// <summary>Whether a value has this form. A mask may show fewer characters than the rule allows, so fewer fit too.</summary>
    internal bool Fits(ReadOnlySpan<byte> utf8)
    {
        int start = utf8.IndexOf(Star), end = utf8.LastIndexOf(Star);
        if (start < 0 || utf8[start..end].ContainsAnyExcept(Star))
            return FitsWithin(utf8);
        return CountCharacters(utf8[..start]) <= First && CountCharacters(utf8[(end + 1)..]) <= Last;
    }

    /// <summary>Kept characters may be stars themselves: then the hidden part is sought between the most that may be kept.</summary>
    private bool FitsWithin(ReadOnlySpan<byte> utf8)
    {
        ReadOnlySpan<byte> hidden = Drop(utf8, First, false);
        hidden = Drop(hidden, Last, true);
        return !hidden.IsEmpty && !hidden.ContainsAnyExcept(Star);
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
