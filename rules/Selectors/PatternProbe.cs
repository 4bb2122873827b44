using System.Text.RegularExpressions;

namespace E3.Relay.Rules.Selectors;

/// <summary>
/// Looks for a text on which an expression takes the square of the length: a word that, again and again, has short matches everywhere, and an ending that makes one match of all of it. Each of the short matches is only known when the whole
/// rest was looked at for such an ending. What is found is certain; that nothing is found is not.
/// </summary>
internal static class PatternProbe
{
    private const int LettersMax = 40, PairedMax = 12, RunsMax = 8, RunLengthMax = 64;

    // The automaton of an expression has at most so many states as a bounded look ahead would need for the longer of these.
    private const int FirstLength = 128, SureLength = 8192;

    /// <summary>Characters of every kind that expressions tell apart.</summary>
    private const string Kinds = "a0 A\n_-.,:;=\"'<>@/|é\t\r";

    private const string Signs = "()[]{}?*+^$|\\";

    internal static bool IsQuadratic(string pattern, Regex regex)
    {
        if (!MayBe(pattern.Replace("(?", "(", StringComparison.Ordinal)))
            return false;
        IEnumerable<char> plain = pattern.Replace("(?<" + TextPattern.Group + ">", "", StringComparison.Ordinal).Where(c => !char.IsSurrogate(c) && !Signs.Contains(c, StringComparison.Ordinal)).Distinct();
        string letters = new([.. plain.Take(LettersMax).Concat(Kinds).Concat(Signs).Distinct()]);
        string[] runs = [.. Runs(pattern)];
        string[] endings = [.. letters.Select(c => c.ToString()), .. runs];
        string paired = new([.. plain.Take(PairedMax).Concat("a0 \n").Distinct()]);
        IEnumerable<string> words = endings.Concat(paired.SelectMany(a => paired.Select(b => $"{a}{b}")));
        try
        {
            return words.Any(word => HasShortMatch(regex, word, FirstLength) && endings.Any(ending => AreWitness(regex, word, ending)));
        }
        catch (RegexMatchTimeoutException)
        {
            return true;
        }
    }

    /// <summary>Without a choice, or without a repetition that has no end, there is no longer way to match that has no end.</summary>
    private static bool MayBe(string pattern) =>
        (pattern.AsSpan().ContainsAny("|?*") || pattern.Contains("{0", StringComparison.Ordinal))
        && (pattern.AsSpan().ContainsAny("*+") || pattern.Contains(",}", StringComparison.Ordinal));

    private static bool AreWitness(Regex regex, string word, string ending) =>
        IsOneMatch(regex, word, ending, FirstLength) && HasShortMatch(regex, word, SureLength) && IsOneMatch(regex, word, ending, SureLength);

    private static bool HasShortMatch(Regex regex, string word, int length)
    {
        foreach (ValueMatch match in regex.EnumerateMatches(Repeat(word, length)))
            return match.Index + match.Length <= length / 4;
        return false;
    }

    private static bool IsOneMatch(Regex regex, string word, string ending, int length)
    {
        string repeated = Repeat(word, length);
        foreach (ValueMatch match in regex.EnumerateMatches(repeated + ending))
            return match.Index <= length / 4 && match.Index + match.Length > repeated.Length;
        return false;
    }

    private static string Repeat(string word, int length) => string.Concat(Enumerable.Repeat(word, Math.Max(8, length / word.Length)));

    /// <summary>Words that stand in the expression.</summary>
    private static IEnumerable<string> Runs(string pattern) =>
        Regex.Matches(pattern, @"[\p{L}\p{N}_ :=<>/@,;""'-]{2,}", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)
            .Where(run => run.Length <= RunLengthMax).Select(run => run.Value).Distinct().Take(RunsMax);
}
