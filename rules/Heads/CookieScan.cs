using System.Text;
using E3.Relay.Rules.Bodies;

namespace E3.Relay.Rules.Heads;

/// <summary>
/// Finds the selected cookies of a header line (RFC 6265, sections 4.1.1 and 4.2.1). Readers of cookies differ in what separates them and in quotes, so a line is refused
/// where any of those readings could see a selected cookie that the others do not.
/// </summary>
internal sealed class CookieScan(HeadScan head)
{
    private const string WhiteSpace = " \t";

    private readonly SelectionBuilder _found = head.Found;
    private readonly FormMatcher _matcher = head.Matcher.Cookies!;
    private readonly List<int> _selectors = [], _targets = [];

    // A letter can be spelled as several characters of several bytes, and each of these as an escape, but a selected name or its beginning is never longer than this.
    private readonly int _nameMax = 16 * (head.Matcher.Cookies!.LongestName + 1);

    /// <summary>Scans one line.</summary>
    /// <param name="line">Its number.</param>
    /// <param name="value">Its value.</param>
    /// <param name="isResponse">The line is of <c>Set-Cookie</c>: one cookie, and attributes that are none.</param>
    internal bool Run(int line, string value, bool isResponse)
    {
        if (value.AsSpan().ContainsAnyInRange('\0', '\x08') || value.AsSpan().ContainsAnyInRange('\x0A', '\x1F') || value.Contains('\x7F', StringComparison.Ordinal))
            return Refuse();
        for (int at = 0; at < value.Length;)
        {
            int length = value.AsSpan(at).IndexOf(';');
            if (length < 0)
                length = value.Length - at;
            if (!ReadPair(line, value, at, length, isAttribute: isResponse && at > 0))
                return false;
            at += length + 1;
        }

        return true;
    }

    private bool ReadPair(int line, string text, int start, int length, bool isAttribute)
    {
        (start, int end) = Trim(text, start, start + length);
        ReadOnlySpan<char> pair = text.AsSpan(start, end - start);
        if (HidesCookie(pair, isAttribute))
            return Refuse();
        if (isAttribute || pair.IsEmpty)
            return true;
        int equals = pair.IndexOf('=');
        ReadOnlySpan<char> name = (equals < 0 ? pair : pair[..equals]).TrimEnd(WhiteSpace);
        // Java's older readers take this for the sign that quotes and commas separate too.
        if (name.Equals("$Version", StringComparison.OrdinalIgnoreCase) || !Ascii.IsValid(name))
            return Refuse();
        Match(name, true);
        if (!head.TryResolve(_targets, out int operation))
            return false;
        if (operation < 0)
            return true;
        // Without an equals sign it is a name to some and a value to others.
        return equals < 0 ? Refuse() : ReadValue(operation, line, text, start + equals + 1, end);
    }

    private bool ReadValue(int operation, int line, string text, int start, int end)
    {
        (start, end) = Trim(text, start, end);
        if (end - start >= 2 && text[start] == '"' && text[end - 1] == '"')
            (start, end) = (start + 1, end - 1);
        Memory<byte> value = head.Take(text.AsSpan(start, end - start));
        return HeadText.IsCookieValue(value.Span)
            ? head.Add(operation, value, new HeadSite(HeadPart.Cookie, line, start, end - start))
            : Refuse(_found.Plan.Operations[operation].RuleId);
    }

    /// <summary>Whether a reader to whom a comma, white space or the end of quotes separates cookies, or who skips an equals sign before them, sees a selected one inside.</summary>
    private bool HidesCookie(ReadOnlySpan<char> pair, bool isAttribute)
    {
        int name = -1, equals = -1;
        for (int at = pair.StartsWith('=') ? 0 : AfterSeparator(pair, 0); at >= 0; at = AfterSeparator(pair, at))
        {
            // Both only move on, so that many separators take no more time than the line is long.
            if (name >= at)
                continue;
            int skipped = pair[at..].IndexOfAnyExcept("= \t");
            name = at + skipped;
            int length = skipped < 0 ? -1 : equals >= name ? equals - name : pair[name..].IndexOf('=');
            if (length < 0)
                return false;
            equals = name + length;
            if (Match(pair.Slice(name, Math.Min(length, _nameMax)).TrimEnd(WhiteSpace), isAttribute))
                return true;
        }

        return false;
    }

    /// <summary>What comes after the next separator; -1 when there is none.</summary>
    private static int AfterSeparator(ReadOnlySpan<char> pair, int at)
    {
        int separator = pair[at..].IndexOfAny(", \t\"");
        return separator < 0 ? -1 : at + separator + 1;
    }

    /// <summary>Matches a name as it stands, and as servers that decode escapes in it read it.</summary>
    /// <param name="name">The name.</param>
    /// <param name="withAll">Whether selectors of all names count: inside of a value that they select anyway nothing is hidden from them.</param>
    private bool Match(ReadOnlySpan<char> name, bool withAll)
    {
        _targets.Clear();
        byte[] raw = Encoding.UTF8.GetBytes(name.ToString()), decoded = new byte[raw.Length];
        Match(raw, withAll);
        if (FormText.IsEncoded(raw))
            Match(decoded.AsSpan(0, FormText.DecodeLeniently(raw, decoded)), withAll);
        return _targets.Count > 0;
    }

    private void Match(ReadOnlySpan<byte> name, bool withAll)
    {
        _matcher.Match(name.IndexOf((byte)0) is int end and >= 0 ? name[..end] : name, _selectors);
        foreach (int selector in _selectors)
        {
            if (withAll || !_matcher.TakesAllNames(selector))
                _targets.Add(head.Matcher.CookieTarget(selector));
        }
    }

    private static (int Start, int End) Trim(string text, int start, int end)
    {
        while (start < end && WhiteSpace.Contains(text[start]))
            start++;
        while (start < end && WhiteSpace.Contains(text[end - 1]))
            end--;
        return (start, end);
    }

    private bool Refuse(string? ruleId = null) => _found.Refuse(RefusalCode.AmbiguousCookie, ruleId);
}
