namespace E3.Relay.Rules.Selectors;

/// <summary>How many UTF-16 code units every match of an expression has before and after its group <c>value</c>.</summary>
/// <param name="Before">Before the value.</param>
/// <param name="After">After the value.</param>
internal sealed record PatternEdges(int Before, int After)
{
    private const string Opening = "(?<" + TextPattern.Group + ">";
    private const string OptionLetters = "imsn-";

    /// <summary>Reads an expression that .NET has parsed: characters, classes, anchors and exact counts around the one group.</summary>
    /// <returns>Null when there is anything else around the group, or anything that would have to be understood better in it.</returns>
    internal static PatternEdges? Read(string pattern)
    {
        int group = pattern.IndexOf(Opening, StringComparison.Ordinal);
        if (group < 0 || pattern.IndexOf(Opening, group + 1, StringComparison.Ordinal) >= 0)
            return null;
        int before = WidthOf(pattern.AsSpan(0, group)), inside = group + Opening.Length;
        int length = before < 0 ? -1 : LengthOfGroup(pattern.AsSpan(inside));
        int after = length < 0 ? -1 : WidthOf(pattern.AsSpan(inside + length + 1));
        return after < 0 ? null : new PatternEdges(before, after);
    }

    /// <summary>How many code units a part of an expression matches; -1 when that is not always the same number, or not known.</summary>
    private static int WidthOf(ReadOnlySpan<char> part)
    {
        int width = 0;
        while (!part.IsEmpty)
        {
            int length = LengthOfAtom(part, out int atom);
            if (length < 0)
                return -1;
            part = part[length..];
            int count = LengthOfCount(part, out int times);
            part = part[count..];
            width += atom * times;
        }

        return width;
    }

    private static int LengthOfAtom(ReadOnlySpan<char> part, out int width)
    {
        width = part[0] is '^' or '$' or '(' ? 0 : 1;
        return part[0] switch
        {
            '\\' => LengthOfEscape(part, out width),
            '[' => LengthOfClass(part),
            '(' => LengthOfOptions(part),
            '|' or ')' or '*' or '+' or '?' or '{' => -1,
            _ => 1,
        };
    }

    private static int LengthOfEscape(ReadOnlySpan<char> part, out int width)
    {
        width = 1;
        if (part.Length < 2)
            return -1;
        if ("bBAzZ".Contains(part[1], StringComparison.Ordinal))
            width = 0;
        return width == 0 || "dDwWsStrnfvae".Contains(part[1], StringComparison.Ordinal) || !char.IsLetterOrDigit(part[1]) ? 2 : -1;
    }

    /// <summary>A class without another in it.</summary>
    private static int LengthOfClass(ReadOnlySpan<char> part)
    {
        int at = part is ['[', '^', ..] ? 2 : 1;
        // The first bracket is one of the characters.
        if (at < part.Length && part[at] == ']')
            at++;
        for (; at < part.Length && part[at] != '['; at++)
        {
            if (part[at] == ']')
                return at + 1;
            if (part[at] == '\\')
                at++;
        }

        return -1;
    }

    /// <summary>Options for what follows. With <c>x</c>, white space would mean nothing.</summary>
    private static int LengthOfOptions(ReadOnlySpan<char> part)
    {
        int end = part.IndexOf(')');
        return part.StartsWith("(?", StringComparison.Ordinal) && end > 2 && !part[2..end].ContainsAnyExcept(OptionLetters) ? end + 1 : -1;
    }

    /// <summary>An exact count, or 1 and nothing.</summary>
    private static int LengthOfCount(ReadOnlySpan<char> part, out int times)
    {
        times = 1;
        int end = part.StartsWith("{", StringComparison.Ordinal) ? part.IndexOf('}') : -1;
        return end is > 1 and <= 4 && !part[1..end].ContainsAnyExceptInRange('0', '9') && int.TryParse(part[1..end], out times) ? end + 1 : 0;
    }

    /// <summary>The length of what stands in a group, up to its closing parenthesis.</summary>
    private static int LengthOfGroup(ReadOnlySpan<char> part)
    {
        int depth = 1;
        for (int at = 0; at < part.Length; at++)
        {
            if (part[at] == '[')
            {
                int length = LengthOfClass(part[at..]);
                if (length < 0)
                    return -1;
                at += length - 1;
            }
            else if (part[at] == '\\')
            {
                // A control character may be written as an escape and a parenthesis.
                if (++at < part.Length && part[at] == 'c')
                    return -1;
            }
            else if (part[at] == '(' && part[at..].StartsWith("(?", StringComparison.Ordinal) && !part[at..].StartsWith("(?:", StringComparison.Ordinal))
            {
                return -1;
            }
            else if (part[at] is '(' or ')')
            {
                depth += part[at] == '(' ? 1 : -1;
                if (depth == 0)
                    return at;
            }
        }

        return -1;
    }
}
