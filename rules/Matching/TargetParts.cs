namespace E3.Relay.Rules.Matching;

/// <summary>Takes a request target apart into path and query.</summary>
internal static class TargetParts
{
    private const int LengthMax = 16 * 1024;

    internal static TargetError Split(string raw, string? hostHeader, out string path, out string query)
    {
        (path, query) = ("", "");
        if (raw.Length > LengthMax)
            return TargetError.TooLong;
        if (FindBadCharacter(raw) is TargetError bad and not TargetError.None)
            return bad;
        string rest = raw;
        if (!raw.StartsWith('/') && TakeAuthority(ref rest, hostHeader) is TargetError error and not TargetError.None)
            return error;
        int mark = rest.IndexOf('?');
        path = mark < 0 ? rest : rest[..mark];
        query = mark < 0 ? "" : rest[mark..];
        if (path.Length == 0)
            path = "/";
        return TargetError.None;
    }

    private static TargetError FindBadCharacter(string raw)
    {
        foreach (char c in raw)
        {
            if (c is < ' ' or '\x7F')
                return TargetError.ControlCharacter;
            if (c is ' ' or '#' or > '~')
                return TargetError.InvalidCharacter;
        }

        return TargetError.None;
    }

    /// <summary>The absolute form (RFC 9112, section 3.2.2): its authority must be the one of the Host field.</summary>
    private static TargetError TakeAuthority(ref string rest, string? hostHeader)
    {
        int defaultPort = rest.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? 80
            : rest.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? 443 : 0;
        if (defaultPort == 0)
            return TargetError.NotAPath;
        int start = defaultPort == 80 ? 7 : 8;
        int end = rest.AsSpan(start).IndexOfAny('/', '?');
        end = end < 0 ? rest.Length : start + end;
        bool same = HostName.TrySplit(rest[start..end], out string? name, out int? port)
            && HostName.TrySplit(hostHeader ?? "", out string? headerName, out int? headerPort)
            && name == headerName && (port ?? defaultPort) == (headerPort ?? defaultPort);
        rest = rest[end..];
        return same ? TargetError.None : TargetError.OtherHost;
    }
}
