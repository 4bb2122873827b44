using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace E3.Relay.Rules.Selectors;

/// <summary>A selector of values in texts: a regular expression whose group <c>value</c> is the value. To find one match takes time linear in the text.</summary>
internal sealed class TextPattern
{
    /// <summary>The name of the group that is selected.</summary>
    internal const string Group = "value";

    /// <summary>The longest expression, in UTF-16 code units.</summary>
    internal const int LengthMax = 1024;

    /// <summary>How long the search for one match may take.</summary>
    internal static readonly TimeSpan MatchTimeMax = TimeSpan.FromSeconds(1);

    // Anchors look at one character before a place, and at the end of a text at the last line feed: two.
    private const int AnchorsLookBack = 1, AnchorsLookAhead = 2;

    private readonly Regex _regex;
    private readonly PatternEdges? _edges;

    private TextPattern(string text, Regex regex) => (Text, _regex, _edges) = (text, regex, PatternEdges.Read(text));

    /// <summary>The expression as it was written.</summary>
    internal string Text { get; }

    /// <summary>How much processor time all matches of one text may take: an expression that looks far ahead for each of very many matches would take the square of the text.</summary>
    /// <param name="length">The length of the text in UTF-16 code units.</param>
    /// <value>250 milliseconds and one for each 8192.</value>
    internal static TimeSpan TimeMax(int length) => TimeSpan.FromMilliseconds(250 + (length / 8192));

    /// <summary>The matches, which do not overlap.</summary>
    /// <exception cref="RegexMatchTimeoutException">One takes too long.</exception>
    internal Regex.ValueMatchEnumerator Matches(ReadOnlySpan<char> text) => _regex.EnumerateMatches(text);

    /// <summary>The value in a match. Where it does not stand at fixed distances from the ends of the match, the match is copied into a string, which the garbage collector takes when it likes.</summary>
    /// <returns>Where it stands in the text; empty when the match has none.</returns>
    /// <exception cref="RegexMatchTimeoutException">That takes too long.</exception>
    internal Range FindValue(ReadOnlySpan<char> text, ValueMatch match)
    {
        int end = match.Index + match.Length;
        if (_edges is not null)
            return (match.Index + _edges.Before)..(end - _edges.After);
        int start = Math.Max(0, match.Index - AnchorsLookBack);
        for (int ahead = AnchorsLookAhead; ; ahead = ahead > 1 << 24 ? int.MaxValue : ahead * 64)
        {
            // Of all ways to match just these characters it is the first, here as there: no way looks further than its anchors do.
            int length = (int)Math.Min(text.Length - start, (long)end - start + ahead);
            Match found = _regex.Match(text.Slice(start, length).ToString(), match.Index - start);
            bool isSame = found.Success && found.Index == match.Index - start && found.Length == match.Length;
            if (!isSame && start + length < text.Length)
                continue;
            Group value = found.Groups[Group];
            return isSame && value.Success ? (start + value.Index)..(start + value.Index + value.Length) : 0..0;
        }
    }

    internal static bool TryParse(string text, [NotNullWhen(true)] out TextPattern? pattern, [NotNullWhen(false)] out SelectorError? error)
    {
        (pattern, error) = (null, null);
        if (text.Length > LengthMax)
        {
            error = new SelectorError(LengthMax + 1, false, $"longer than {LengthMax} characters");
            return false;
        }

        try
        {
            Regex regex = new(text, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, MatchTimeMax);
            error = WhyInvalid(text, regex);
            pattern = error is null ? new TextPattern(text, regex) : null;
        }
        catch (RegexParseException exception)
        {
            error = new SelectorError(exception.Offset + 1, false, $"no regular expression ({exception.Error})");
        }
        catch (NotSupportedException)
        {
            error = new SelectorError(1, false, "has what cannot be matched in linear time: a lookaround, a backreference, an atomic group, a condition, or too many counted repetitions");
        }

        return pattern is not null;
    }

    private static SelectorError? WhyInvalid(string text, Regex regex)
    {
        if (!regex.GetGroupNames().Contains(Group, StringComparer.Ordinal))
            return new SelectorError(1, false, "has no group of the name 'value'; write (?<value>…) around what is to be selected");
        if (regex.Match("").Success)
            return new SelectorError(1, false, "matches the empty text, and so at every place");
        return PatternProbe.IsQuadratic(text, regex)
            ? new SelectorError(1, false, "looks to the end of some texts for each of very many matches, which takes the square of their length; limit the repetition in the longer way to match, as in .{0,200}, or leave out the shorter way")
            : null;
    }
}
