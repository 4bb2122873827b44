using System.Text;
using E3.Relay.Rules;

namespace E3.Relay.Proxy.Pipeline;

/// <summary>Puts the character of a mask rule in place of the engine's asterisk, in the hidden part only.</summary>
internal static class MaskCharacter
{
    private const char Engine = '*';

    /// <summary>The masked text as the rule wants it.</summary>
    public static ReadOnlyMemory<byte> Apply(FieldOperation operation, ReadOnlyMemory<byte> masked)
    {
        if (operation.Action != FieldAction.Mask || operation.MaskWith == Engine)
            return masked;
        string text = Encoding.UTF8.GetString(masked.Span);
        int last = CountRunes(text) - operation.MaskLast;
        var output = new StringBuilder(text.Length);
        int position = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool hidden = position >= operation.MaskFirst && position < last && rune.Value == Engine;
            output.Append(hidden ? operation.MaskWith.ToString() : rune.ToString());
            position++;
        }

        return Encoding.UTF8.GetBytes(output.ToString());
    }

    private static int CountRunes(string text)
    {
        int count = 0;
        foreach (Rune _ in text.EnumerateRunes())
            count++;
        return count;
    }
}
