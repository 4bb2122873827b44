namespace E3.Relay.Rules.Documents;

/// <summary>Finds the word that was probably meant.</summary>
internal static class Spelling
{
    private const int DistanceMax = 2;

    /// <summary>A question for a message, with a space before it; empty when no word is near.</summary>
    internal static string Suggest(string text, ReadOnlySpan<string> words)
    {
        string? nearest = null;
        int least = Math.Min(DistanceMax, text.Length / 2) + 1;
        foreach (string word in words)
        {
            int distance = Distance(text, word);
            if (distance < least)
                (nearest, least) = (word, distance);
        }

        return nearest is null ? "" : $" did you mean '{nearest}'?";
    }

    /// <summary>How many letters must be put in, taken out or changed (Levenshtein); case does not count.</summary>
    private static int Distance(string a, string b)
    {
        if (Math.Abs(a.Length - b.Length) > DistanceMax)
            return DistanceMax + 1;
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int changed = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                (diagonal, row[j]) = (row[j], Math.Min(changed, Math.Min(row[j], row[j - 1]) + 1));
            }
        }

        return row[b.Length];
    }
}
