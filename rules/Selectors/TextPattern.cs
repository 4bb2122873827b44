using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace E3.Relay.Rules.Selectors;

/// <summary>A selector of values in texts: a regular expression whose group <c>value</c> is the value. Matching takes time linear in the text for each match.</summary>
internal sealed class TextPattern
{
    /// <summary>The name of the group that is selected.</summary>
    internal const string Group = "value";

    /// <summary>The longest expression, in UTF-16 code units.</summary>
    internal const int LengthMax = 1024;

    /// <summary>How long all matches of one body may take together: an expression that looks far ahead for each of very many matches would take the square of the body.</summary>
    internal static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(2);

    private readonly Regex _regex;

    private TextPattern(string text, Regex regex) => (Text, _regex) = (text, regex);

    /// <summary>The expression as it was written.</summary>
    internal string Text { get; }

    /// <summary>The first match. The exception for one that takes too long holds the text: it must not leave the scan.</summary>
    internal Match Match(string text) => _regex.Match(text);

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
            Regex regex = new(text, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, TimeMax);
            error = WhyInvalid(regex);
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

    private static SelectorError? WhyInvalid(Regex regex)
    {
        if (!regex.GetGroupNames().Contains(Group, StringComparer.Ordinal))
            return new SelectorError(1, false, "has no group of the name 'value'; write (?<value>…) around what is to be selected");
        return regex.Match("").Success ? new SelectorError(1, false, "matches the empty text, and so at every place") : null;
    }
}
