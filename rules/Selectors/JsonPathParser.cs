using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace E3.Relay.Rules.Selectors;

/// <summary>Parses JSONPath by the grammar of RFC 9535. A query is at most 4096 characters long, and its filters nest at most 16 deep.</summary>
internal ref partial struct JsonPathParser
{
    private const int LengthMax = 4096;
    private const long IndexMax = 9007199254740991; // RFC 9535, section 2.1: the exact integers of I-JSON

    private readonly ReadOnlySpan<char> _text;
    private int _at;
    private int _nesting;
    private SelectorError? _error;

    private JsonPathParser(ReadOnlySpan<char> text) => _text = text;

    internal static bool TryParse(string text, [NotNullWhen(true)] out JsonPath? path, [NotNullWhen(false)] out SelectorError? error)
    {
        JsonPathParser parser = new(text);
        List<JsonPathSegment> segments = [];
        parser.ParseAll(segments);
        error = parser._error;
        path = error is null ? new JsonPath(text, segments) : null;
        return error is null;
    }

    private readonly char Peek => _at < _text.Length ? _text[_at] : '\0';

    private readonly bool AtEnd => _at >= _text.Length;

    private void ParseAll(List<JsonPathSegment> segments)
    {
        if (_text.Length > LengthMax)
            Fail("is longer than 4096 characters");
        else if (Peek != '$')
            Fail("must begin with $");
        else
            _at++;
        while (_error is null && !AtEnd)
        {
            SkipBlanks();
            if (AtEnd)
                Fail("ends with white space");
            else if (ParseSegment() is { } segment)
                segments.Add(segment);
        }
    }

    private JsonPathSegment? ParseSegment()
    {
        bool descends = false;
        if (Peek == '.')
        {
            _at++;
            if (Peek != '.')
                return ParseShorthand(false);
            _at++;
            descends = true;
        }

        if (Peek == '[')
            return ParseBracket(descends);
        if (descends)
            return ParseShorthand(true);
        Fail("wants . or [ or the end here");
        return null;
    }

    private JsonPathSegment? ParseShorthand(bool descends)
    {
        if (Peek == '*')
        {
            _at++;
            return new JsonPathSegment(descends, [JsonPathStep.Wildcard]);
        }

        int start = _at;
        while (!AtEnd && NameCharacterLength(first: _at == start) is int length and > 0)
            _at += length;
        if (_at > start)
            return new JsonPathSegment(descends, [JsonPathStep.ForName(_text[start.._at].ToString())]);
        Fail("wants a name here; a name with other characters than letters, digits and _ stands in brackets and quotes: ['a-b']");
        return null;
    }

    /// <summary>RFC 9535, section 2.5.1.1: name-first and name-char. Zero when the character is none.</summary>
    private readonly int NameCharacterLength(bool first)
    {
        char c = Peek;
        if (char.IsAsciiLetter(c) || c == '_' || (!first && char.IsAsciiDigit(c)))
            return 1;
        if (c < 0x80)
            return 0;
        return char.IsSurrogate(c) ? SurrogatePairLength() : 1;
    }

    private readonly int SurrogatePairLength() =>
        _at + 1 < _text.Length && char.IsSurrogatePair(_text[_at], _text[_at + 1]) ? 2 : 0;

    private JsonPathSegment? ParseBracket(bool descends)
    {
        List<JsonPathStep> steps = [];
        do
        {
            _at++;
            SkipBlanks();
            if (!TryParseStep(out JsonPathStep? step))
                return null;
            steps.Add(step);
            SkipBlanks();
        }
        while (Peek == ',');
        if (Peek != ']')
        {
            Fail("wants , or ] here");
            return null;
        }

        _at++;
        return new JsonPathSegment(descends, steps);
    }

    private bool TryParseStep([NotNullWhen(true)] out JsonPathStep? step)
    {
        step = null;
        switch (Peek)
        {
            case '*':
                _at++;
                step = JsonPathStep.Wildcard;
                return true;
            case '\'' or '"':
                if (!TryParseQuoted(out string? name))
                    return false;
                step = JsonPathStep.ForName(name);
                return true;
            case '?':
                return TryParseFilter(out step);
            case ':' or '-' or (>= '0' and <= '9'):
                return TryParseIndexOrSlice(out step);
            default:
                return Fail("wants a quoted name, an index, a slice, a filter or * here");
        }
    }

    private bool TryParseIndexOrSlice([NotNullWhen(true)] out JsonPathStep? step)
    {
        step = null;
        if (!TryParseOptionalInteger(out long? start))
            return false;
        int end = _at;
        SkipBlanks();
        if (Peek == ':')
            return TryParseSlice(start, out step);
        _at = end;
        step = JsonPathStep.ForIndex(start!.Value);
        return true;
    }

    private bool TryParseSlice(long? start, [NotNullWhen(true)] out JsonPathStep? step)
    {
        step = null;
        _at++;
        SkipBlanks();
        if (!TryParseOptionalInteger(out long? end))
            return false;
        int afterEnd = _at;
        SkipBlanks();
        long? by = null;
        if (Peek == ':')
        {
            _at++;
            afterEnd = _at;
            SkipBlanks();
            if (!TryParseOptionalInteger(out by))
                return false;
            if (by is not null)
                afterEnd = _at;
        }

        _at = afterEnd;
        step = JsonPathStep.ForSlice(new JsonPathSlice(start, end, by ?? 1));
        return true;
    }

    /// <summary>RFC 9535, section 2.3.3.1: a number of I-JSON without leading zeros and without -0. None is there when it begins with neither a digit nor a minus sign.</summary>
    private bool TryParseOptionalInteger(out long? value)
    {
        value = null;
        if (Peek != '-' && !char.IsAsciiDigit(Peek))
            return true;
        bool isNegative = Peek == '-';
        if (isNegative)
            _at++;
        int digits = _at;
        while (char.IsAsciiDigit(Peek))
            _at++;
        ReadOnlySpan<char> number = _text[digits.._at];
        if (number.IsEmpty || (number[0] == '0' && (number.Length > 1 || isNegative)))
            return Fail("an index is 0 or a number without leading zeros");
        if (!long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long magnitude) || magnitude > IndexMax)
            return Fail("an index is at most 2^53 - 1");
        value = isNegative ? -magnitude : magnitude;
        return true;
    }

    private void SkipBlanks()
    {
        while (Peek is ' ' or '\t' or '\n' or '\r')
            _at++;
    }

    private bool Fail(string reason)
    {
        _error ??= new SelectorError(_at + 1, false, reason);
        return false;
    }
}
