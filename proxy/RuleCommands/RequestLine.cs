namespace E3.Relay.Proxy.RuleCommands;

/// <summary>A request as the command line says it: host and raw target, nothing decoded.</summary>
/// <param name="Host">The Host field; null when the URL names none.</param>
/// <param name="Target">The raw target.</param>
internal sealed record RequestLine(string? Host, string Target)
{
    /// <summary>Splits a URL, or takes a target such as <c>/checkout?x=1</c>.</summary>
    /// <exception cref="CommandException">It is neither.</exception>
    public static RequestLine Parse(string url)
    {
        if (url.StartsWith('/'))
            return new RequestLine(null, url);
        int scheme = url.IndexOf("://", StringComparison.Ordinal);
        if (scheme <= 0)
            throw new CommandException($"'{url}' is no URL; write https://shop.example.com/checkout, or the path alone");
        string rest = url[(scheme + 3)..];
        int end = rest.IndexOfAny(['/', '?']);
        string host = end < 0 ? rest : rest[..end], target = end < 0 ? "/" : rest[end..];
        return new RequestLine(host, target.StartsWith('/') ? target : "/" + target);
    }

    /// <summary>The claims of a caller, each as <c>type=value</c>.</summary>
    /// <exception cref="CommandException">One is not.</exception>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Claims(IReadOnlyList<string> claims) => claims
        .Select(claim => Split(claim, '=', "a claim is written as type=value, such as --as sub=u1"))
        .GroupBy(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal)
        .ToDictionary(group => group.Key, IReadOnlyList<string> (group) => [.. group], StringComparer.Ordinal);

    /// <summary>Fields of a head, each as <c>Name: value</c>.</summary>
    /// <exception cref="CommandException">One is not.</exception>
    public static IReadOnlyList<KeyValuePair<string, string>> Fields(IReadOnlyList<string> fields) =>
        [.. fields.Select(field => Split(field, ':', "a field is written as Name: value, such as --header 'X-Card: 4242'"))];

    private static KeyValuePair<string, string> Split(string text, char separator, string wanted)
    {
        int at = text.IndexOf(separator, StringComparison.Ordinal);
        return at > 0 ? new(text[..at].Trim(), text[(at + 1)..].Trim()) : throw new CommandException($"'{text}': {wanted}");
    }
}
