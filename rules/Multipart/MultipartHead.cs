using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace E3.Relay.Rules.Multipart;

/// <summary>Reads the header fields of one part (RFC 7578 section 4). Only those that say what the part is are looked into; others pass as they are.</summary>
internal static class MultipartHead
{
    private static readonly SearchValues<byte> TokenBytes = SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);
    private static readonly SearchValues<byte> Controls = SearchValues.Create([.. Enumerable.Range(0, 32).Where(static control => control != '\t').Select(static control => (byte)control), 127]);

    private static readonly SearchValues<byte> PlainBytes = SearchValues.Create("-._0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private static ReadOnlySpan<byte> PlainField => "Content-Disposition: form-data; name=\""u8;

    /// <summary>Reads the fields, without the empty line behind them.</summary>
    public static MultipartError Read(ReadOnlySpan<byte> head, out MultipartPart? part)
    {
        part = null;
        string? disposition = null, contentType = null, transferEncoding = null;
        while (!head.IsEmpty)
        {
            int end = head.IndexOf("\r\n"u8);
            ReadOnlySpan<byte> line = end < 0 ? head : head[..end];
            head = end < 0 ? [] : head[(end + 2)..];
            if (!TrySplit(line, out string name, out string value))
                return MultipartError.HeaderMalformed;
            switch (name.ToLowerInvariant())
            {
                case "content-disposition" when disposition is null:
                    disposition = value;
                    break;
                case "content-type" when contentType is null:
                    contentType = value;
                    break;
                case "content-transfer-encoding" when transferEncoding is null:
                    transferEncoding = value;
                    break;
                case "content-length" or "transfer-encoding":
                    return MultipartError.Length;
                case "content-encoding":
                    return MultipartError.TransferEncoding;
                case "content-disposition" or "content-type" or "content-transfer-encoding":
                    return MultipartError.HeaderRepeated;
            }
        }

        if (transferEncoding is not null && transferEncoding.ToLowerInvariant() is not ("7bit" or "8bit" or "binary"))
            return MultipartError.TransferEncoding;
        MultipartError error = Disposition(disposition, contentType, out part);
        return error == MultipartError.None ? JudgeType(part!) : error;
    }

    /// <summary>Reads what browsers write for a field, character by character: most heads are just this.</summary>
    /// <param name="bytes">What begins with the head.</param>
    /// <param name="name">The name, without brackets and other characters that readers know several ways to read.</param>
    /// <returns>The length of the head without the empty line behind it; 0 for any other.</returns>
    public static int LengthOfPlain(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> name)
    {
        name = default;
        if (!bytes.StartsWith(PlainField))
            return 0;
        ReadOnlySpan<byte> rest = bytes[PlainField.Length..];
        int length = rest.IndexOfAnyExcept(PlainBytes);
        if (length < 1 || !rest[length..].StartsWith("\"\r\n\r\n"u8) || (rest[0] == '_' && Ascii.EqualsIgnoreCase(rest[..length], "_charset_"u8)))
            return 0;
        name = rest[..length];
        return PlainField.Length + length + 1;
    }

    // RFC 9112 section 5: a name, a colon, and a value of visible characters, spaces and tabs. A line that begins with white space is folded.
    private static bool TrySplit(ReadOnlySpan<byte> line, out string name, out string value)
    {
        name = value = "";
        int colon = line.IndexOf((byte)':');
        if (colon < 1 || line[..colon].ContainsAnyExcept(TokenBytes) || line.ContainsAny(Controls) || !Utf8.IsValid(line))
            return false;
        name = Encoding.ASCII.GetString(line[..colon]);
        value = Encoding.UTF8.GetString(line[(colon + 1)..].Trim(" \t"u8));
        return true;
    }

    private static MultipartError Disposition(string? disposition, string? contentType, out MultipartPart? part)
    {
        part = null;
        if (disposition is null || !ParameterList.TryRead(disposition, out string type, out List<(string Name, string Value)> parameters) || !type.Equals("form-data", StringComparison.OrdinalIgnoreCase))
            return MultipartError.Disposition;
        string? name = null, fileName = null, extended = null;
        foreach ((string parameter, string value) in parameters)
        {
            switch (parameter.ToLowerInvariant())
            {
                case "name":
                    name = value;
                    break;
                case "filename":
                    fileName = value;
                    break;
                case "filename*":
                    extended = value;
                    break;
                default:
                    return MultipartError.Disposition;
            }
        }

        if (string.IsNullOrEmpty(name))
            return MultipartError.NameMissing;
        if (name.Equals("_charset_", StringComparison.OrdinalIgnoreCase) || IsEncoded(name) || IsTrimmed(name) || name.Any(char.IsControl))
            return MultipartError.NameAmbiguous;
        if (extended is not null && (fileName is null || !ExtendedValue.TryDecode(extended, out extended)))
            return MultipartError.FileName;
        part = new(name, fileName, extended, contentType);
        return MultipartError.None;
    }

    // What browsers write for a quote and for line ends, and encoded words of mail (RFC 2047); some readers turn them back.
    private static bool IsEncoded(string name) =>
        name.Contains("=?", StringComparison.Ordinal) || name.Contains("%22", StringComparison.Ordinal) || name.Contains("%0A", StringComparison.OrdinalIgnoreCase) || name.Contains("%0D", StringComparison.OrdinalIgnoreCase);

    // Java's readers take white space off both ends. Spaces before a name are taken off here too, as PHP does it.
    private static bool IsTrimmed(string name) => name.AsSpan().TrimStart(' ') is var rest && rest.Trim().Length != rest.Length;

    private static MultipartError JudgeType(MultipartPart part)
    {
        if (part.ContentType is null)
            return MultipartError.None;
        if (!ParameterList.TryRead(part.ContentType, out string type, out List<(string Name, string Value)> parameters) || type.Count('/') != 1)
            return MultipartError.HeaderMalformed;
        if (type.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) || type.StartsWith("message/", StringComparison.OrdinalIgnoreCase))
            return MultipartError.Nested;
        bool isForeign = parameters.Exists(static parameter => parameter.Name.Equals("charset", StringComparison.OrdinalIgnoreCase)
            && !parameter.Value.Equals("utf-8", StringComparison.OrdinalIgnoreCase) && !parameter.Value.Equals("utf8", StringComparison.OrdinalIgnoreCase) && !parameter.Value.Equals("us-ascii", StringComparison.OrdinalIgnoreCase));
        return isForeign && !part.IsFile ? MultipartError.Charset : MultipartError.None;
    }
}
