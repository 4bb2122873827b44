using System.Buffers;

namespace E3.Relay.Rules.Multipart;

/// <summary>Reads <c>value; name=token; name="quoted"</c> (RFC 9110 section 5.6.6), more strictly than it says: no repeated name, no escapes, nothing empty between semicolons, no apostrophes without quotes around them, no white space around the equals sign.</summary>
internal static class ParameterList
{
    private static readonly SearchValues<char> TokenCharacters = SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>Reads a whole field value.</summary>
    public static bool TryRead(ReadOnlySpan<char> text, out string value, out List<(string Name, string Value)> parameters)
    {
        parameters = [];
        int semicolon = text.IndexOf(';');
        value = (semicolon < 0 ? text : text[..semicolon]).Trim(" \t").ToString();
        if (value.Length == 0 || value.AsSpan().ContainsAnyExcept(TokenCharacters) && !IsMediaType(value))
            return false;
        text = semicolon < 0 ? [] : text[semicolon..];
        while (!text.IsEmpty)
        {
            text = text[1..].TrimStart(" \t");
            if (!TryReadOne(ref text, out (string Name, string Value) parameter) || IsRepeated(parameters, parameter.Name))
                return false;
            parameters.Add(parameter);
            text = text.TrimStart(" \t");
            if (!text.IsEmpty && text[0] != ';')
                return false;
        }

        return true;
    }

    private static bool TryReadOne(ref ReadOnlySpan<char> text, out (string Name, string Value) parameter)
    {
        parameter = default;
        int equals = text.IndexOf('=');
        if (equals < 1 || text[..equals].ContainsAnyExcept(TokenCharacters))
            return false;
        string name = text[..equals].ToString();
        text = text[(equals + 1)..];
        bool quoted = text.StartsWith("\"");
        int end = quoted ? text[1..].IndexOf('"') : text.IndexOfAnyExcept(TokenCharacters);
        if (quoted && end < 0)
            return false;
        ReadOnlySpan<char> value = quoted ? text.Slice(1, end) : end < 0 ? text : text[..end];

        // Readers differ on what a backslash escapes, and whether. PHP takes apostrophes for quotes; those of an extended value enclose nothing but its language.
        if (value.Contains('\\') || (!quoted && (value.IsEmpty || (value.Contains('\'') && !name.EndsWith('*')))))
            return false;
        text = text[(value.Length + (quoted ? 2 : 0))..];
        parameter = (name, value.ToString());
        return true;
    }

    private static bool IsRepeated(List<(string Name, string Value)> parameters, string name) =>
        parameters.Exists(other => other.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static bool IsMediaType(ReadOnlySpan<char> value)
    {
        int slash = value.IndexOf('/');
        return slash > 0 && slash < value.Length - 1 && !value[..slash].ContainsAnyExcept(TokenCharacters) && !value[(slash + 1)..].ContainsAnyExcept(TokenCharacters);
    }
}
