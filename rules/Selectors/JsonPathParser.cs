using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace E3.Relay.Rules.Selectors;

/// <summary>Parses JSONPath by the grammar of RFC 9535. Filters, slices and negative indices are recognised and refused as not supported.</summary>
internal ref struct JsonPathParser
{
    private const int LengthMax = 4096;
    private const long IndexMax = 9007199254740991; // RFC 9535, section 2.1: the exact integers of I-JSON

    private readonly ReadOnlySpan<char> _text;
    private int _at;
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
            if (!TryParseStep(out JsonPathStep step))
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

    private bool TryParseStep(out JsonPathStep step)
    {
        step = default;
        switch (Peek)
        {
            case '*':
                _at++;
                step = JsonPathStep.Wildcard;
                return true;
            case '\'' or '"':
                return TryParseQuoted(out step);
            case '?':
                return Unsupported("filters (?...) are not supported by this version");
            case ':':
                return Unsupported("slices (start:end:step) are not supported by this version");
            case '-' or (>= '0' and <= '9'):
                return TryParseIndex(out step);
            default:
                return Fail("wants a quoted name, an index or * here");
        }
    }

    private bool TryParseIndex(out JsonPathStep step)
    {
        step = default;
        int start = _at;
        if (Peek == '-')
            _at++;
        int digits = _at;
        while (char.IsAsciiDigit(Peek))
            _at++;
        ReadOnlySpan<char> number = _text[digits.._at];
        if (number.IsEmpty || (number[0] == '0' && (number.Length > 1 || digits > start)))
            return Fail("an index is 0 or a number without leading zeros");
        if (!long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long index) || index > IndexMax)
            return Fail("an index is at most 2^53 - 1");
        int end = _at;
        SkipBlanks();
        if (Peek == ':')
            return Unsupported("slices (start:end:step) are not supported by this version");
        _at = end;
        if (digits > start)
            return Unsupported("negative indices are not supported by this version");
        step = JsonPathStep.ForIndex(index);
        return true;
    }

    private bool TryParseQuoted(out JsonPathStep step)
    {
        step = default;
        char quote = Peek;
        _at++;
        StringBuilder name = new();
        while (Peek != quote || AtEnd)
        {
            if (AtEnd)
                return Fail("wants a closing quote");
            if (!TryParseCharacter(quote, name))
                return false;
        }

        _at++;
        step = JsonPathStep.ForName(name.ToString());
        return true;
    }

    private bool TryParseCharacter(char quote, StringBuilder name)
    {
        char c = Peek;
        if (c < 0x20)
            return Fail("control characters in a name are written as escapes");
        if (c == '\\')
            return TryParseEscape(quote, name);
        int length = char.IsSurrogate(c) ? SurrogatePairLength() : 1;
        if (length == 0)
            return Fail("lone surrogate");
        name.Append(_text.Slice(_at, length));
        _at += length;
        return true;
    }

    private bool TryParseEscape(char quote, StringBuilder name)
    {
        _at++;
        char c = Peek;
        if (c == 'u')
            return TryParseUnicodeEscape(name);
        char decoded = c switch
        {
            'b' => '\b',
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '/' or '\\' => c,
            _ when c == quote && !AtEnd => c,
            _ => '\0',
        };
        if (decoded == '\0')
            return Fail("unknown escape");
        name.Append(decoded);
        _at++;
        return true;
    }

    private bool TryParseUnicodeEscape(StringBuilder name)
    {
        if (!TryReadHex(out char unit))
            return Fail("\\u wants four hexadecimal digits");
        if (char.IsLowSurrogate(unit))
            return Fail("lone low surrogate");
        name.Append(unit);
        if (!char.IsHighSurrogate(unit))
            return true;
        if (Peek != '\\')
            return Fail("lone high surrogate");
        _at++;
        if (Peek != 'u' || !TryReadHex(out char low) || !char.IsLowSurrogate(low))
            return Fail("lone high surrogate");
        name.Append(low);
        return true;
    }

    private bool TryReadHex(out char unit)
    {
        unit = '\0';
        if (_text.Length - _at < 5)
            return false;
        ReadOnlySpan<char> digits = _text.Slice(_at + 1, 4);
        if (!ushort.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort value))
            return false;
        _at += 5;
        unit = (char)value;
        return true;
    }

    private void SkipBlanks()
    {
        while (Peek is ' ' or '\t' or '\n' or '\r')
            _at++;
    }

    private bool Unsupported(string reason)
    {
        _error ??= new SelectorError(_at + 1, true, reason);
        return false;
    }

    private bool Fail(string reason)
    {
        _error ??= new SelectorError(_at + 1, false, reason);
        return false;
    }
}
