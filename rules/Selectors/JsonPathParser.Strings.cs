using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace E3.Relay.Rules.Selectors;

/// <summary>String literals: names and texts in quotes (RFC 9535, section 2.3.1.1).</summary>
internal ref partial struct JsonPathParser
{
    private bool TryParseQuoted([NotNullWhen(true)] out string? text)
    {
        text = null;
        char quote = Peek;
        _at++;
        StringBuilder decoded = new();
        while (Peek != quote || AtEnd)
        {
            if (AtEnd)
                return Fail("wants a closing quote");
            if (!TryParseCharacter(quote, decoded))
                return false;
        }

        _at++;
        text = decoded.ToString();
        return true;
    }

    private bool TryParseCharacter(char quote, StringBuilder text)
    {
        char c = Peek;
        if (c < 0x20)
            return Fail("control characters are written as escapes");
        if (c == '\\')
            return TryParseEscape(quote, text);
        int length = char.IsSurrogate(c) ? SurrogatePairLength() : 1;
        if (length == 0)
            return Fail("lone surrogate");
        text.Append(_text.Slice(_at, length));
        _at += length;
        return true;
    }

    private bool TryParseEscape(char quote, StringBuilder text)
    {
        _at++;
        char c = Peek;
        if (c == 'u')
            return TryParseUnicodeEscape(text);
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
        text.Append(decoded);
        _at++;
        return true;
    }

    private bool TryParseUnicodeEscape(StringBuilder text)
    {
        if (!TryReadHex(out char unit))
            return Fail("\\u wants four hexadecimal digits");
        if (char.IsLowSurrogate(unit))
            return Fail("lone low surrogate");
        text.Append(unit);
        if (!char.IsHighSurrogate(unit))
            return true;
        if (Peek != '\\')
            return Fail("lone high surrogate");
        _at++;
        if (Peek != 'u' || !TryReadHex(out char low) || !char.IsLowSurrogate(low))
            return Fail("lone high surrogate");
        text.Append(low);
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
}
