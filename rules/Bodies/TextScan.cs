using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using E3.Relay.Rules.Selectors;

namespace E3.Relay.Rules.Bodies;

/// <summary>Finds what regular expressions select in a text.</summary>
internal sealed class TextScan(SelectionBuilder found)
{
    /// <summary>The longest match, in UTF-16 code units. A token that is selected does not count.</summary>
    internal const int MatchLengthMax = 4096;

    private static readonly byte[] Mark = [0xEF, 0xBB, 0xBF];

    private readonly List<Hit> _hits = [];

    internal static bool TrySelect(SelectionBuilder found, ContentKind kind)
    {
        ReadOnlySpan<byte> body = found.Body.Span;
        bool isAscii = Ascii.IsValid(body);
        if (kind is ContentKind.AsciiText or ContentKind.AsciiTable && !isAscii)
            return found.Refuse(RefusalCode.UnsupportedCharset);
        // Text with NUL is UTF-16 to those who guess.
        if ((!isAscii && !Utf8.IsValid(body)) || body.Contains((byte)0))
            return found.Refuse(RefusalCode.MalformedText);
        found.TextKind = kind;
        return found.Plan.Text.Length == 0 || new TextScan(found).Run();
    }

    private bool Run()
    {
        // A spreadsheet puts a byte order mark before a table; readers do not take it for a character of the first line.
        int start = found.Body.Span.StartsWith(Mark) ? Mark.Length : 0;
        char[] rented = ArrayPool<char>.Shared.Rent(found.Body.Length - start);
        found.Limits.Memory?.Count(sizeof(char) * (long)rented.Length);
        try
        {
            int length = Encoding.UTF8.GetChars(found.Body.Span[start..], rented);
            return MatchAll(rented.AsSpan(0, length)) && Select(rented.AsSpan(0, length), start);
        }
        catch (RegexMatchTimeoutException)
        {
            return found.Refuse(RefusalCode.SelectorTooCostly);
        }
        finally
        {
            found.Limits.Memory?.Count(-sizeof(char) * (long)rented.Length);
            ArrayPool<char>.Shared.Return(rented, clearArray: true);
        }
    }

    private bool MatchAll(ReadOnlySpan<char> text)
    {
        for (int selector = 0; selector < found.Plan.Text.Length; selector++)
        {
            if (!Match(text, selector))
                return false;
        }

        _hits.Sort();
        return true;
    }

    private bool Match(ReadOnlySpan<char> text, int selector)
    {
        string ruleId = found.Plan.Targets[selector].RuleId;
        TextPattern pattern = found.Plan.Text[selector];
        ThreadClock clock = new();
        TimeSpan timeMax = TextPattern.TimeMax(text.Length);
        foreach (ValueMatch match in pattern.Matches(text))
        {
            if (clock.IsOver(timeMax))
                return found.Refuse(RefusalCode.SelectorTooCostly, ruleId);
            Range range = pattern.FindValue(text, match);
            ReadOnlySpan<char> value = text[range];
            if (match.Length > MatchLengthMax && match.Length - TokenLength(value) > MatchLengthMax)
                return found.Refuse(RefusalCode.MatchTooLong, ruleId);
            // An empty value shows nothing.
            if (value.IsEmpty)
                continue;
            if (_hits.Count >= found.Limits.FieldsMax)
                return found.Refuse(RefusalCode.TooManyFields, ruleId);
            if (char.IsLowSurrogate(value[0]) || char.IsHighSurrogate(value[^1]))
                return found.Refuse(RefusalCode.MalformedText, ruleId);
            _hits.Add(new Hit(range.Start.Value, range.End.Value, selector));
        }

        return true;
    }

    private int TokenLength(ReadOnlySpan<char> value)
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(value.Length);
        try
        {
            // Tokens are ASCII.
            return Ascii.FromUtf16(value, bytes, out int length) == OperationStatus.Done && found.Tokens.IsToken(bytes.AsSpan(0, length)) ? value.Length : 0;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes, clearArray: true);
        }
    }

    /// <summary>Adds the values in the order of the text. Several selectors may have one value, and no two values share a part.</summary>
    private bool Select(ReadOnlySpan<char> text, int start)
    {
        int read = 0, at = start;
        for (int i = 0; i < _hits.Count;)
        {
            Hit hit = _hits[i];
            int operation = -1, bindSlot = -1;
            for (; i < _hits.Count && _hits[i].Start < hit.End; i++)
            {
                bool isSame = _hits[i].Start == hit.Start && _hits[i].End == hit.End;
                if (!isSame)
                    return found.Refuse(RefusalCode.ConflictingOperations, found.Plan.Targets[_hits[i].Selector].RuleId);
                if (!found.Select(_hits[i].Selector, ref operation, ref bindSlot))
                    return false;
            }

            at += Encoding.UTF8.GetByteCount(text[read..hit.Start]);
            int length = Encoding.UTF8.GetByteCount(text[hit.Start..hit.End]);
            if (!found.Add(operation, FieldType.String, found.Body.Slice(at, length), new FieldSite(at, length, 0, false)))
                return false;
            (read, at) = (hit.End, at + length);
        }

        return true;
    }

    /// <summary>A selected value, in UTF-16 code units of the text.</summary>
    private readonly record struct Hit(int Start, int End, int Selector) : IComparable<Hit>
    {
        public int CompareTo(Hit other) => (Start, End, Selector).CompareTo((other.Start, other.End, other.Selector));
    }
}
