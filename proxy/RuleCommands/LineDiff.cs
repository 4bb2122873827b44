namespace E3.Relay.Proxy.RuleCommands;

/// <summary>The lines that two texts share and those that only one of them has.</summary>
internal static class LineDiff
{
    // The table is as large as the product of the numbers of lines.
    private const int LinesMax = 2000;

    /// <summary>The lines in order: those of <paramref name="before"/> alone are marked <c>-</c>, those of <paramref name="after"/> alone <c>+</c>.</summary>
    public static IReadOnlyList<(char Mark, string Text)> Compare(string before, string after)
    {
        string[] a = before.Split('\n'), b = after.Split('\n');
        if (a.Length > LinesMax || b.Length > LinesMax)
            return before == after ? [.. a.Select(line => (' ', line))] : [.. a.Select(line => ('-', line)), .. b.Select(line => ('+', line))];
        int[,] common = CommonLengths(a, b);
        List<(char, string)> lines = [];
        int i = 0, j = 0;
        while (i < a.Length || j < b.Length)
        {
            if (i < a.Length && j < b.Length && a[i] == b[j])
            {
                lines.Add((' ', a[i++]));
                j++;
            }
            else if (j == b.Length || (i < a.Length && common[i + 1, j] >= common[i, j + 1]))
            {
                lines.Add(('-', a[i++]));
            }
            else
            {
                lines.Add(('+', b[j++]));
            }
        }

        return lines;
    }

    /// <summary>For each two positions the length of the longest list of lines that stand behind both, in this order.</summary>
    private static int[,] CommonLengths(string[] a, string[] b)
    {
        int[,] lengths = new int[a.Length + 1, b.Length + 1];
        for (int i = a.Length - 1; i >= 0; i--)
        {
            for (int j = b.Length - 1; j >= 0; j--)
                lengths[i, j] = a[i] == b[j] ? lengths[i + 1, j + 1] + 1 : Math.Max(lengths[i + 1, j], lengths[i, j + 1]);
        }

        return lengths;
    }
}
