using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace E3.Relay.Rules.Matching;

/// <summary>Host names as they stand in Host fields and authorities (RFC 3986, section 3.2.2), in one spelling.</summary>
internal static class HostName
{
    private const int LengthMax = 255;

    /// <summary>Splits <c>host[:port]</c>; the name comes out in lower case without a trailing dot.</summary>
    /// <returns>False when it is no host.</returns>
    internal static bool TrySplit(string authority, [NotNullWhen(true)] out string? name, out int? port)
    {
        (name, port) = (null, null);
        int end = authority.StartsWith('[') ? authority.IndexOf(']') + 1 : authority.IndexOf(':');
        if (end < 0)
            end = authority.Length;
        if (end < authority.Length && !TryReadPort(authority.AsSpan(end), out port))
            return false;
        string host = authority[..end];
        if (host.Length > 1 && host.EndsWith('.'))
            host = host[..^1];
        if (!IsName(host))
            return false;
        name = host.ToLowerInvariant();
        return true;
    }

    private static bool TryReadPort(ReadOnlySpan<char> text, out int? port)
    {
        port = null;
        if (text[0] != ':')
            return false;
        if (text.Length == 1)
            return true;
        bool parsed = ushort.TryParse(text[1..], NumberStyles.None, CultureInfo.InvariantCulture, out ushort number);
        port = number;
        return parsed;
    }

    private static bool IsName(string host)
    {
        if (host.Length is 0 or > LengthMax)
            return false;
        bool address = host[0] == '[';
        ReadOnlySpan<char> inner = address ? host.AsSpan(1, Math.Max(0, host.Length - 2)) : host;
        foreach (char c in inner)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-' or '_') && !(address && c == ':'))
                return false;
        }

        return !inner.IsEmpty && (!address || host[^1] == ']') && !host.Contains("..", StringComparison.Ordinal) && host[0] != '.';
    }
}
