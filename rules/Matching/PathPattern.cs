using System.Diagnostics.CodeAnalysis;
using E3.Relay.Rules.Names;

namespace E3.Relay.Rules.Matching;

/// <summary>A path pattern: literal segments, <c>*</c> for one segment, <c>**</c> for zero or more.</summary>
internal sealed class PathPattern
{
    internal const string One = "*", Many = "**";
    internal const int SegmentsMax = 64;

    private PathPattern(string text, string[] segments) => (Text, Segments) = (text, segments);

    internal string Text { get; }

    /// <summary>The segments: folded literals, <see cref="One"/> or <see cref="Many"/>. A literal is never either of these.</summary>
    internal IReadOnlyList<string> Segments { get; }

    /// <summary>A target under the pattern, in which wildcards stand for the segment <c>1</c>.</summary>
    internal string Sample =>
        "/" + string.Join('/', Text.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(segment => segment is One or Many ? "1" : Uri.EscapeDataString(segment)));

    internal static bool TryParse(string text, [NotNullWhen(true)] out PathPattern? pattern, [NotNullWhen(false)] out string? reason)
    {
        pattern = null;
        reason = text.StartsWith('/') ? null : "must begin with /";
        string[] parts = text.Length > 1 ? text.TrimEnd('/').Split('/')[1..] : [];
        if (text.Length > 1 && text.EndsWith("//", StringComparison.Ordinal))
            reason ??= Empty;
        if (parts.Length > SegmentsMax)
            reason ??= "has more than 64 segments";
        List<string> segments = new(parts.Length);
        foreach (string part in parts)
        {
            reason ??= Judge(part);
            // Two ** in a row say what one says.
            if (part != Many || segments.Count == 0 || segments[^1] != Many)
                segments.Add(part is One or Many ? part : NameFold.FoldSegment(part));
        }

        if (reason is null)
            pattern = new PathPattern(text, [.. segments]);
        return pattern is not null;
    }

    private const string Empty = "has an empty segment (//), which is refused in requests";

    private static string? Judge(string part)
    {
        if (part.Length == 0)
            return Empty;
        if (part is One or Many)
            return null;
        if (part is "." or "..")
            return "has a dot segment, which is refused in requests";
        foreach (char c in part)
        {
            if (JudgeCharacter(c) is { } reason)
                return reason;
        }

        return null;
    }

    private static string? JudgeCharacter(char c) => c switch
    {
        '*' => "has * inside a segment; * and ** stand for whole segments",
        '%' => "has a percent sign; patterns are written decoded",
        '?' or '#' => "has a query or fragment; patterns are paths alone",
        ';' or '\\' => "has a ; or a backslash, which are refused in requests",
        _ when char.IsControl(c) => "has a control character, which is refused in requests",
        _ => null,
    };

    /// <summary>Why a segment of the paths that match can hold no value; null when it can.</summary>
    /// <param name="number">The segment, counted from 1.</param>
    internal string? WhyNoValue(int number)
    {
        for (int i = 0; i < Math.Min(number, Segments.Count); i++)
        {
            if (Segments[i] == Many)
                return null;
        }

        if (number > Segments.Count)
            return $"is not there; the pattern has {Segments.Count}";
        return Segments[number - 1] == One ? null : $"is always '{Segments[number - 1]}'; a value stands where the pattern has * or **";
    }

    /// <summary>Whether some path matches both patterns.</summary>
    internal bool Overlaps(PathPattern other) => Overlaps(Segments, 0, other.Segments, 0, []);

    /// <summary>Whether a path is under the pattern. The index of a set finds the same faster.</summary>
    /// <param name="segments">Folded segments.</param>
    internal bool Matches(IReadOnlyList<string> segments)
    {
        // The beginnings of the path that the pattern's segments so far match, by their length.
        HashSet<int> reached = [0];
        foreach (string segment in Segments)
        {
            reached = segment == Many
                ? [.. Enumerable.Range(reached.Min(), segments.Count - reached.Min() + 1)]
                : [.. reached.Where(length => length < segments.Count && (segment == One || segment == segments[length])).Select(length => length + 1)];
            if (reached.Count == 0)
                return false;
        }

        return reached.Contains(segments.Count);
    }

    private static bool Overlaps(IReadOnlyList<string> a, int i, IReadOnlyList<string> b, int j, HashSet<(int, int)> tried)
    {
        if (i == a.Count && j == b.Count)
            return true;
        if (!tried.Add((i, j)))
            return false;
        if (i < a.Count && a[i] == Many)
            return Overlaps(a, i + 1, b, j, tried) || (j < b.Count && Overlaps(a, i, b, j + 1, tried));
        if (j < b.Count && b[j] == Many)
            return Overlaps(a, i, b, j + 1, tried) || (i < a.Count && Overlaps(a, i + 1, b, j, tried));
        return i < a.Count && j < b.Count && (a[i] == One || b[j] == One || a[i] == b[j]) && Overlaps(a, i + 1, b, j + 1, tried);
    }
}
