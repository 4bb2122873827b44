using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace E3.Relay.Rules.Selectors;

/// <summary>
/// I-Regexp (RFC 9485) as an expression of the platform that takes time linear in the text. I-Regexp counts code points and the platform UTF-16 code units, so that what
/// stands for one character is written as a unit or a pair. <c>^</c> and <c>$</c> outside of brackets are anchors, as the public compliance suite reads them.
/// </summary>
internal ref struct Regexp
{
    /// <summary>Longest pattern, in UTF-16 code units.</summary>
    internal const int LengthMax = 1024;

    private const int SizeMax = 2000;
    private const int NestingMax = 16;
    private const string Special = "\\.[]{}()*+?|";

    private readonly ReadOnlySpan<char> _pattern;
    private readonly StringBuilder _output = new();
    private int _at;
    private int _nesting;
    private RegexpError _error;

    private Regexp(ReadOnlySpan<char> pattern) => _pattern = pattern;

    /// <summary>Translates a pattern.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="isWhole">Whether all of a text must match.</param>
    /// <param name="regex">The expression; null when there is an error.</param>
    /// <param name="size">About how many characters the pattern is with its repetitions written out.</param>
    internal static RegexpError TryCompile(string pattern, bool isWhole, out Regex? regex, out int size)
    {
        (regex, size) = (null, 0);
        if (pattern.Length > LengthMax)
            return RegexpError.TooLarge;
        Regexp translation = new(pattern);
        size = translation.ReadBranches();
        if (translation._error == RegexpError.None && !translation.AtEnd)
            translation._error = RegexpError.Malformed;
        if (translation._error != RegexpError.None)
            return translation._error;
        try
        {
            string text = translation._output.ToString();
            regex = new Regex(isWhole ? $"\\A(?:{text})\\z" : text, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            return RegexpError.None;
        }
        catch (NotSupportedException)
        {
            // The platform's own limit on the size of an automaton.
            return RegexpError.TooLarge;
        }
    }

    private readonly bool AtEnd => _at >= _pattern.Length;

    private readonly char Peek => AtEnd ? '\0' : _pattern[_at];

    private int ReadBranches()
    {
        if (++_nesting > NestingMax)
            return Fail(RegexpError.TooLarge);
        int size = 0;
        while (_error == RegexpError.None)
        {
            while (_error == RegexpError.None && !AtEnd && Peek is not ('|' or ')'))
                size = Add(size, ReadPiece());
            if (AtEnd || Peek != '|')
                break;
            _at++;
            _output.Append('|');
        }

        _nesting--;
        return size;
    }

    private int ReadPiece()
    {
        _output.Append("(?:");
        int size = ReadAtom();
        _output.Append(')');
        int times = ReadQuantifier();
        return Limit((long)size * times);
    }

    private int ReadAtom()
    {
        char c = Peek;
        switch (c)
        {
            case '(':
                return ReadGroup();
            case '[':
                return ReadClass();
            case '\\':
                return ReadEscape();
            case '.':
                _at++;
                return AddClass(RegexpClass.AnyButLineEnds());
            case '^' or '$':
                _at++;
                _output.Append(c == '^' ? "\\A" : "\\z");
                return 1;
            default:
                return Special.Contains(c, StringComparison.Ordinal) ? Fail(RegexpError.Malformed) : AddCharacter(ReadCodePoint());
        }
    }

    private int ReadGroup()
    {
        _at++;
        int size = ReadBranches();
        if (_error != RegexpError.None || Peek != ')')
            return Fail(RegexpError.Malformed);
        _at++;
        return size;
    }

    /// <summary>How often the piece is written out: the larger bound of a counted repetition.</summary>
    private int ReadQuantifier()
    {
        if (AtEnd || Peek is not ('*' or '+' or '?' or '{'))
            return 1;
        if (Peek == '{')
            return ReadRange();
        _output.Append(Peek);
        _at++;
        return 1;
    }

    private int ReadRange()
    {
        _at++;
        int least = ReadCount(), most = least;
        bool hasMost = Peek == ',';
        if (hasMost)
        {
            _at++;
            most = Peek == '}' ? -1 : ReadCount();
        }

        if (_error != RegexpError.None)
            return 1;
        if (Peek != '}' || (most >= 0 && most < least))
            return Fail(RegexpError.Malformed);
        _at++;
        _output.Append(CultureInfo.InvariantCulture, $"{{{least}");
        if (hasMost)
            _output.Append(',').Append(most >= 0 ? most.ToString(CultureInfo.InvariantCulture) : "");
        _output.Append('}');
        return Math.Max(Math.Max(least, most), 1);
    }

    private int ReadCount()
    {
        int start = _at;
        while (char.IsAsciiDigit(Peek))
            _at++;
        if (_at == start)
            return Fail(RegexpError.Malformed);
        return int.TryParse(_pattern[start.._at], NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count <= SizeMax ? count : Fail(RegexpError.TooLarge);
    }

    private int ReadEscape()
    {
        if (_at + 1 < _pattern.Length && _pattern[_at + 1] is 'p' or 'P')
        {
            RegexpClass set = new();
            ReadCategory(set);
            return AddClass(set);
        }

        return AddCharacter(ReadSingleEscape());
    }

    private int ReadClass()
    {
        _at++;
        RegexpClass set = new();
        if (Peek == '^')
        {
            set.IsNegated = true;
            _at++;
        }

        if (Peek == '-')
        {
            set.Add('-', '-');
            _at++;
        }
        else if (Peek == ']')
        {
            return Fail(RegexpError.Malformed);
        }

        while (_error == RegexpError.None && Peek != ']')
            ReadClassItem(set);
        _at++;
        return AddClass(set);
    }

    private void ReadClassItem(RegexpClass set)
    {
        if (Peek == '\\' && _at + 1 < _pattern.Length && _pattern[_at + 1] is 'p' or 'P')
        {
            ReadCategory(set);
            return;
        }

        if (Peek == '-')
        {
            // Only at the beginning or the end.
            _at++;
            set.Add('-', '-');
            if (Peek != ']')
                Fail(RegexpError.Malformed);
            return;
        }

        int first = ReadClassCharacter(), last = first;
        if (Peek == '-' && _at + 1 < _pattern.Length && _pattern[_at + 1] != ']')
        {
            _at++;
            last = ReadClassCharacter();
        }

        if (first > last)
            Fail(RegexpError.Malformed);
        else
            set.Add(first, last);
    }

    private int ReadClassCharacter()
    {
        if (Peek == '\\')
            return ReadSingleEscape();
        return AtEnd || Peek is '[' or ']' or '-' ? Fail(RegexpError.Malformed) : ReadCodePoint();
    }

    private int ReadSingleEscape()
    {
        _at++;
        char c = Peek;
        if (AtEnd)
            return Fail(RegexpError.Malformed);
        _at++;
        return c switch
        {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            (>= '(' and <= '+') or '-' or '.' or '?' or (>= '[' and <= '^') or (>= '{' and <= '}') => c,
            _ => Fail(RegexpError.Malformed),
        };
    }

    private void ReadCategory(RegexpClass set)
    {
        bool isComplement = _pattern[_at + 1] == 'P';
        ReadOnlySpan<char> rest = _pattern[(_at + 2)..];
        int end = rest.IndexOf('}');
        if (rest is not ['{', ..] || end < 0 || !set.TryAddCategory(rest[1..end], isComplement))
            Fail(RegexpError.Malformed);
        else
            _at += end + 3;
    }

    private int ReadCodePoint()
    {
        if (Rune.DecodeFromUtf16(_pattern[_at..], out Rune rune, out _) != System.Buffers.OperationStatus.Done)
            return Fail(RegexpError.Malformed);
        _at += rune.Utf16SequenceLength;
        return rune.Value;
    }

    private readonly int AddCharacter(int codePoint)
    {
        if (_error != RegexpError.None)
            return 0;
        foreach (char unit in new Rune(codePoint).ToString())
            RegexpClass.AppendUnit(_output, unit);
        return 1;
    }

    private readonly int AddClass(RegexpClass set) => _error == RegexpError.None ? set.AppendTo(_output) : 0;

    private int Add(int size, int more) => Limit((long)size + more);

    private int Limit(long size) => size <= SizeMax ? (int)size : Fail(RegexpError.TooLarge);

    private int Fail(RegexpError error)
    {
        if (_error == RegexpError.None)
            _error = error;
        return 0;
    }
}
