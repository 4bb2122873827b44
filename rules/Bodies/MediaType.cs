using E3.Relay.Rules.Multipart;

namespace E3.Relay.Rules.Bodies;

/// <summary>Reads Content-Type fields (RFC 9110, section 8.3). Whatever is unusual for JSON or a form is malformed: the upstream may read it as either.</summary>
internal static class MediaType
{
    private const int LengthMax = 256;
    // ASP.NET and others take text/json for what it says, and Rails the other names too.
    private static readonly string[] JsonTypes = ["application/json", "text/json", "text/x-json", "application/x-json", "application/jsonrequest"];
    private static readonly string[] XmlTypes = ["application/xml", "text/xml", "application/x-xml", "text/x-xml"];
    private static readonly string[] BinaryXmlNames = ["fastinfoset", "exi", "wbxml"];
    private static readonly string[] JsonLineTypes = ["application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"];

    /// <summary>What a field says.</summary>
    /// <param name="contentType">The field; null when there is none.</param>
    /// <param name="readsText">Whether texts are inspected. Otherwise they are of another type, whatever their charset.</param>
    internal static ContentKind KindOf(string? contentType, bool readsText)
    {
        if (contentType is null)
            return ContentKind.Missing;
        ReadOnlySpan<char> text = contentType.AsSpan().Trim(" \t");
        if (text.IsEmpty || text.Length > LengthMax)
            return text.IsEmpty ? ContentKind.Missing : ContentKind.Malformed;
        int semicolon = text.IndexOf(';');
        ReadOnlySpan<char> type = (semicolon < 0 ? text : text[..semicolon]).TrimEnd(" \t");
        ContentKind kind = KindOfType(type);
        if (kind == ContentKind.OtherMultipart)
            return MultipartType.TryReadBoundary(contentType, out _) ? ContentKind.Multipart : ContentKind.OtherMultipart;
        if (kind == ContentKind.Other && readsText)
            kind = KindOfText(type);
        if (semicolon < 0 || kind == ContentKind.Malformed)
            return kind;
        return kind == ContentKind.Other ? JudgeOther(text[semicolon..]) : JudgeParameters(text[(semicolon + 1)..], kind);
    }

    /// <summary>Whether a field names a binary format of XML documents: Fast Infoset, EXI, WBXML, or what WCF's binary encoding is called. Servers read them wherever they read XML.</summary>
    internal static bool IsBinaryXml(string contentType)
    {
        ReadOnlySpan<char> text = contentType.AsSpan().Trim(" \t");
        ReadOnlySpan<char> type = text.IndexOf(';') is int semicolon and >= 0 ? text[..semicolon].TrimEnd(" \t") : text;
        if (type.Contains("+msbin", StringComparison.OrdinalIgnoreCase))
            return true;
        foreach (string name in BinaryXmlNames)
        {
            if (type.EndsWith(name, StringComparison.OrdinalIgnoreCase) && "/+.-".Contains(type[^(name.Length + 1)], StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    private static ContentKind KindOfType(ReadOnlySpan<char> type)
    {
        int slash = type.IndexOf('/');
        if (slash < 0 || !IsToken(type[..slash]) || !IsToken(type[(slash + 1)..]))
            return ContentKind.Malformed;
        if (IsOne(type, JsonTypes) || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase))
            return ContentKind.Json;
        if (type.Equals("application/json-seq", StringComparison.OrdinalIgnoreCase) || type.EndsWith("+json-seq", StringComparison.OrdinalIgnoreCase))
            return ContentKind.JsonSequence;
        if (IsOne(type, JsonLineTypes))
            return ContentKind.JsonLines;
        if (IsOne(type, XmlTypes) || type.EndsWith("+xml", StringComparison.OrdinalIgnoreCase))
            return ContentKind.Xml;
        if (type.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase))
            return ContentKind.OtherMultipart;
        return type.Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) ? ContentKind.Form : ContentKind.Other;
    }

    private static bool IsOne(ReadOnlySpan<char> type, string[] types)
    {
        foreach (string one in types)
        {
            if (type.Equals(one, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    private static ContentKind KindOfText(ReadOnlySpan<char> type)
    {
        if (type.Equals("text/plain", StringComparison.OrdinalIgnoreCase))
            return ContentKind.Text;
        return type.Equals("text/csv", StringComparison.OrdinalIgnoreCase) || type.Equals("text/tab-separated-values", StringComparison.OrdinalIgnoreCase) ? ContentKind.Table : ContentKind.Other;
    }

    /// <summary>Another type is not inspected, but a comma would be a second type to some readers.</summary>
    private static ContentKind JudgeOther(ReadOnlySpan<char> parameters) => parameters.Contains(',') ? ContentKind.Malformed : ContentKind.Other;

    /// <summary>No parameter, or one charset that is UTF-8.</summary>
    private static ContentKind JudgeParameters(ReadOnlySpan<char> parameters, ContentKind kind)
    {
        parameters = parameters.Trim(" \t");
        if (kind == ContentKind.Xml)
            return JudgeXmlParameters(parameters);
        if (kind is ContentKind.Text or ContentKind.Table)
            return JudgeTextParameters(parameters, kind);
        int equals = parameters.IndexOf('=');
        if (equals < 0 || !parameters[..equals].Equals("charset", StringComparison.OrdinalIgnoreCase))
            return ContentKind.Malformed;
        return JudgeCharset(parameters[(equals + 1)..], kind);
    }

    private static ContentKind JudgeCharset(ReadOnlySpan<char> charset, ContentKind kind)
    {
        if (charset.Length >= 2 && charset[0] == '"' && charset[^1] == '"')
            charset = charset[1..^1];
        if (!IsToken(charset))
            return ContentKind.Malformed;
        // The common servers take utf8 for UTF-8, in any case, or refuse it; none takes it for something else.
        return charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || charset.Equals("utf8", StringComparison.OrdinalIgnoreCase) ? kind : ContentKind.OtherCharset;
    }

    /// <summary>One charset, UTF-8 or US-ASCII, and whatever else: <c>header</c>, <c>format</c>, <c>delsp</c>.</summary>
    private static ContentKind JudgeTextParameters(ReadOnlySpan<char> parameters, ContentKind kind)
    {
        ContentKind judged = kind;
        for (bool hasCharset = false; ;)
        {
            int length = ParameterLength(parameters);
            ReadOnlySpan<char> parameter = parameters[..length].TrimEnd(" \t");
            int equals = parameter.IndexOf('=');
            if (equals < 0 || !IsToken(parameter[..equals]) || !IsValue(parameter[(equals + 1)..]))
                return ContentKind.Malformed;
            if (parameter[..equals].Equals("charset", StringComparison.OrdinalIgnoreCase))
            {
                if (hasCharset)
                    return ContentKind.Malformed;
                (hasCharset, judged) = (true, JudgeTextCharset(parameter[(equals + 1)..], kind));
            }

            if (length == parameters.Length)
                return judged;
            parameters = parameters[(length + 1)..].TrimStart(" \t");
        }
    }

    private static ContentKind JudgeTextCharset(ReadOnlySpan<char> charset, ContentKind kind)
    {
        if (charset.Trim('"').Equals("us-ascii", StringComparison.OrdinalIgnoreCase))
            return kind == ContentKind.Table ? ContentKind.AsciiTable : ContentKind.AsciiText;
        return JudgeCharset(charset, kind);
    }

    /// <summary>One charset and, for SOAP 1.2, one action (RFC 3902), in any order.</summary>
    private static ContentKind JudgeXmlParameters(ReadOnlySpan<char> parameters)
    {
        bool hasCharset = false, hasAction = false;
        ContentKind kind = ContentKind.Xml;
        while (true)
        {
            int length = ParameterLength(parameters);
            ReadOnlySpan<char> parameter = parameters[..length].TrimEnd(" \t");
            if (parameter.StartsWith("action=", StringComparison.OrdinalIgnoreCase) && !hasAction && IsValue(parameter[7..]))
                hasAction = true;
            else if (parameter.StartsWith("charset=", StringComparison.OrdinalIgnoreCase) && !hasCharset)
                (hasCharset, kind) = (true, JudgeCharset(parameter[8..], ContentKind.Xml));
            else
                return ContentKind.Malformed;
            if (length == parameters.Length || kind == ContentKind.Malformed)
                return kind;
            parameters = parameters[(length + 1)..].TrimStart(" \t");
        }
    }

    private static int ParameterLength(ReadOnlySpan<char> parameters)
    {
        bool isQuoted = false;
        for (int i = 0; i < parameters.Length; i++)
        {
            isQuoted ^= parameters[i] == '"';
            if (parameters[i] == ';' && !isQuoted)
                return i;
        }

        return parameters.Length;
    }

    /// <summary>A token, or a quoted string without escapes and commas, which another reader could take for the end of it.</summary>
    private static bool IsValue(ReadOnlySpan<char> value) => IsToken(value)
        || (value.Length >= 2 && value[0] == '"' && value[^1] == '"' && !value[1..^1].ContainsAny("\"\\,") && !value.ContainsAnyExceptInRange(' ', '~'));

    /// <summary>RFC 9110, section 5.6.2.</summary>
    private static bool IsToken(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && !"!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal))
                return false;
        }

        return !text.IsEmpty;
    }
}
