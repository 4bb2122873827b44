using System.Text.Unicode;
using E3.Relay.Rules.Bodies;

namespace E3.Relay.Rules.Heads;

/// <summary>Finds the selected fields of a query. What servers read differently is refused where it could hide a selected field.</summary>
internal sealed class QueryScan(HeadScan head)
{
    private readonly SelectionBuilder _found = head.Found;
    private readonly FormMatcher _matcher = head.Matcher.Query!;
    private readonly List<int> _selectors = [], _targets = [];

    /// <summary>Scans a query with its question mark, or nothing.</summary>
    internal bool Run(string query)
    {
        Memory<byte> text = head.Take(query);
        for (int at = 1; at < text.Length;)
        {
            int length = text.Span[at..].IndexOf((byte)'&');
            if (length < 0)
                length = text.Length - at;
            if (length > 0 && !ReadField(text.Slice(at, length), at))
                return false;
            at += length + 1;
        }

        return true;
    }

    private bool ReadField(ReadOnlyMemory<byte> field, int start)
    {
        if (HidesField(field.Span))
            return Refuse();
        int equals = field.Span.IndexOf((byte)'=');
        ReadOnlyMemory<byte> name = equals < 0 ? field : field[..equals], value = equals < 0 ? default : field[(equals + 1)..];
        if (!TryMatch(name.Span, true, out bool isWellFormed))
            return Refuse();
        if (!isWellFormed)
            return _found.Refuse(RefusalCode.MalformedText);
        if (QueryText.IsCharsetField(name.Span))
            return QueryText.IsUtf8(value.Span) || Refuse();
        if (!head.TryResolve(_targets, out int operation))
            return false;
        if (operation < 0)
            return true;
        HeadSite site = new(HeadPart.Query, 0, start + field.Length - value.Length, value.Length, equals < 0);
        return !value.Span.Contains((byte)';') && TryDecode(value, out ReadOnlyMemory<byte> decoded)
            ? (Utf8.IsValid(decoded.Span) || _found.Refuse(RefusalCode.MalformedText)) && head.Add(operation, decoded, site)
            : Refuse();
    }

    /// <summary>Some servers separate fields at a semicolon too, and some look for the last question mark.</summary>
    private bool HidesField(ReadOnlySpan<byte> field)
    {
        int separator = field.IndexOfAny((byte)';', (byte)'?');
        if (separator < 0)
            return false;
        int equals = field.IndexOf((byte)'=');
        if (equals >= 0 && equals < separator)
            field = field[(separator + 1)..];
        while (true)
        {
            int end = field.IndexOfAny("=;?"u8);
            // Whatever its escapes are: a server that separates fields here reads them in its own way.
            TryMatch(end < 0 ? field : field[..end], false, out _);
            if (_targets.Count > 0)
                return true;
            separator = field.IndexOfAny((byte)';', (byte)'?');
            if (separator < 0)
                return false;
            field = field[(separator + 1)..];
        }
    }

    /// <summary>Matches a name in both readings of a plus sign. False when no two servers need agree on its escapes.</summary>
    /// <param name="raw">The name as it came.</param>
    /// <param name="withAll">Whether selectors of all names count: inside of a field that they select anyway nothing is hidden from them.</param>
    /// <param name="isWellFormed">Whether the name is UTF-8.</param>
    private bool TryMatch(ReadOnlySpan<byte> raw, bool withAll, out bool isWellFormed)
    {
        _targets.Clear();
        byte[] decoded = new byte[raw.Length];
        ReadOnlySpan<byte> name = decoded.AsSpan(0, FormText.DecodeLeniently(raw, decoded));
        isWellFormed = Utf8.IsValid(name);
        bool isRead = FormText.AreEscapesWhole(raw, out _) && !name.ContainsAnyInRange((byte)0, (byte)0x1F) && !name.Contains((byte)0x7F);
        Match(name, withAll);
        if (raw.Contains((byte)'+'))
            Match(decoded.AsSpan(0, FormText.DecodeLeniently(raw, decoded, plusIsSpace: false)), withAll);
        return isRead;
    }

    private void Match(ReadOnlySpan<byte> name, bool withAll)
    {
        // Some servers end a name at NUL.
        _matcher.Match(name.IndexOf((byte)0) is int end and >= 0 ? name[..end] : name, _selectors);
        foreach (int selector in _selectors)
        {
            if (withAll || !_matcher.TakesAllNames(selector))
                _targets.Add(head.Matcher.QueryTarget(selector));
        }
    }

    private bool TryDecode(ReadOnlyMemory<byte> raw, out ReadOnlyMemory<byte> text)
    {
        text = raw;
        if (!FormText.IsEncoded(raw.Span))
            return true;
        Memory<byte> decoded = _found.Arena.Take(raw.Length);
        if (!FormText.TryDecode(raw.Span, decoded.Span, out int written))
            return false;
        _found.Arena.GiveBack(raw.Length - written);
        text = decoded[..written];
        return true;
    }

    private bool Refuse() => _found.Refuse(RefusalCode.AmbiguousQuery);
}
