using System.Text;

namespace E3.Relay.Rules.Matching;

/// <summary>Reads a raw path once: judges it, decodes its segments, and spells it in normal form.</summary>
internal sealed class PathReader
{
    private readonly StringBuilder _normal = new();
    private readonly List<byte> _segment = [];

    internal List<string> Segments { get; } = [];

    /// <summary>Unreserved characters plain, reserved ones as they came, everything else as upper-case percent escapes.</summary>
    internal string Normal => _normal.ToString();

    internal string Decoded { get; private set; } = "";

    /// <summary>Reads a path that begins with a slash and has only printable ASCII characters.</summary>
    internal TargetError Read(string path)
    {
        TargetError error = TargetError.None;
        int at = 0;
        while (at < path.Length && error == TargetError.None)
        {
            int end = path.IndexOf('/', at + 1);
            end = end < 0 ? path.Length : end;
            _normal.Append('/');
            // One empty segment at the end is a trailing slash.
            if (end - at > 1)
                error = ReadSegment(path.AsSpan(at + 1, end - at - 1));
            else if (end < path.Length)
                error = TargetError.EmptySegment;
            at = end;
        }

        bool trailing = path.Length > 1 && path.EndsWith('/');
        Decoded = "/" + string.Join('/', Segments) + (trailing && Segments.Count > 0 ? "/" : "");
        return error;
    }

    private TargetError ReadSegment(ReadOnlySpan<char> raw)
    {
        _segment.Clear();
        for (int i = 0; i < raw.Length; i++)
        {
            TargetError error = raw[i] == '%' ? ReadEscape(raw, ref i) : ReadPlain(raw[i]);
            if (error != TargetError.None)
                return error;
        }

        return AddSegment();
    }

    private TargetError ReadPlain(char c)
    {
        if (c == ';')
            return TargetError.PathParameter;
        if (c == '\\')
            return TargetError.Backslash;
        _segment.Add((byte)c);
        if (IsUnreserved(c) || IsReserved(c))
            _normal.Append(c);
        else
            AppendEscape((byte)c);
        return TargetError.None;
    }

    private TargetError ReadEscape(ReadOnlySpan<char> raw, ref int i)
    {
        if (i + 2 >= raw.Length || !char.IsAsciiHexDigit(raw[i + 1]) || !char.IsAsciiHexDigit(raw[i + 2]))
            return TargetError.MalformedPercent;
        byte value = (byte)((HexValue(raw[i + 1]) << 4) | HexValue(raw[i + 2]));
        i += 2;
        TargetError error = JudgeEscaped(value);
        if (error != TargetError.None)
            return error;
        _segment.Add(value);
        if (IsUnreserved((char)value))
            _normal.Append((char)value);
        else
            AppendEscape(value);
        return TargetError.None;
    }

    private static TargetError JudgeEscaped(byte value) => value switch
    {
        (byte)'/' => TargetError.EncodedSlash,
        (byte)'\\' => TargetError.Backslash,
        (byte)';' => TargetError.PathParameter,
        < 0x20 or 0x7F => TargetError.ControlCharacter,
        _ => TargetError.None,
    };

    private TargetError AddSegment()
    {
        Span<byte> bytes = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_segment);
        if (!System.Text.Unicode.Utf8.IsValid(bytes))
            return TargetError.MalformedUtf8;
        string segment = Encoding.UTF8.GetString(bytes);
        if (segment is "." or "..")
            return TargetError.DotSegment;
        for (int i = 0; i < segment.Length; i++)
        {
            if (char.IsControl(segment[i]))
                return TargetError.ControlCharacter;
            // Judged after decoding: the digits behind the percent sign may have been escaped too.
            if (segment[i] == '%' && i + 2 < segment.Length && char.IsAsciiHexDigit(segment[i + 1]) && char.IsAsciiHexDigit(segment[i + 2]))
                return TargetError.EncodedPercent;
        }

        Segments.Add(segment);
        return TargetError.None;
    }

    private void AppendEscape(byte value) => _normal.Append('%').Append(HexDigit(value >> 4)).Append(HexDigit(value & 15));

    private static char HexDigit(int value) => (char)(value < 10 ? '0' + value : 'A' + value - 10);

    private static int HexValue(char c) => char.IsAsciiDigit(c) ? c - '0' : (c | 0x20) - 'a' + 10;

    /// <summary>RFC 3986, section 2.3.</summary>
    private static bool IsUnreserved(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~';

    /// <summary>What may stand plain in a segment beside unreserved characters (RFC 3986, section 3.3), without the semicolon.</summary>
    private static bool IsReserved(char c) => c is '!' or '$' or '&' or '\'' or '(' or ')' or '*' or '+' or ',' or '=' or ':' or '@';
}
