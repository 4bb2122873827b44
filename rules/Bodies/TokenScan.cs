using System.Text.Json;

namespace E3.Relay.Rules.Bodies;

/// <summary>
/// Finds every token in the values of a body, whether it is a whole value or stands in a longer text. Runs over a body that was scanned before and found well-formed;
/// names are not looked at.
/// </summary>
internal sealed class TokenScan(SelectionBuilder found)
{
    /// <summary>RFC 7464, section 2.2.</summary>
    private const byte RecordSeparator = 0x1E;

    private readonly int _operation = found.Plan.TokenOperation;
    private readonly int _selected = found.Fields.Count;
    private int _next;

    /// <summary>Adds the tokens to what the selectors found.</summary>
    /// <param name="found">What they found; it is not in order afterwards.</param>
    /// <param name="kind">The kind of the body.</param>
    internal static bool TryAdd(SelectionBuilder found, ContentKind kind)
    {
        TokenScan scan = new(found);
        bool added = kind switch
        {
            ContentKind.Form => scan.ReadForm(),
            ContentKind.Multipart => scan.ReadFields(found.TextSites),
            ContentKind.Text or ContentKind.AsciiText or ContentKind.Table or ContentKind.AsciiTable => scan.ReadText(),
            ContentKind.JsonSequence => scan.ReadSequence(),
            _ => scan.ReadJson(0, found.Body.Length),
        };
        if (added)
            found.EndDocuments();
        return added;
    }

    private bool ReadSequence()
    {
        ReadOnlySpan<byte> body = found.Body.Span;
        for (int at = 0; at < body.Length;)
        {
            int length = body[at..].IndexOf(RecordSeparator);
            if (length < 0)
                length = body.Length - at;
            if (length > 0 && !ReadJson(at, length))
                return false;
            at += length + 1;
        }

        return true;
    }

    private bool ReadJson(int origin, int length)
    {
        Utf8JsonReader reader = new(found.Body.Span.Slice(origin, length), new JsonReaderOptions { MaxDepth = found.Limits.DepthMax, AllowMultipleValues = true });
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.String)
                continue;
            int start = origin + checked((int)reader.TokenStartIndex) + 1;
            FieldSite whole = new(start - 1, reader.ValueSpan.Length + 2, reader.CurrentDepth, false);
            if (!ReadText(start, reader.ValueSpan.Length, whole, reader.ValueIsEscaped))
                return false;
        }

        return true;
    }

    private bool ReadForm()
    {
        ReadOnlySpan<byte> body = found.Body.Span;
        for (int at = 0; at < body.Length;)
        {
            int length = body[at..].IndexOf((byte)'&');
            if (length < 0)
                length = body.Length - at;
            int equals = body.Slice(at, length).IndexOf((byte)'=');
            int start = at + equals + 1, end = at + length;
            if (equals >= 0 && !ReadText(start, end - start, new FieldSite(start, end - start, 0, false), FormText.IsEncoded(body[start..end])))
                return false;
            at = end + 1;
        }

        return true;
    }

    /// <summary>Reads the fields of a multipart body; what is in files is no text.</summary>
    private bool ReadFields(List<FieldSite> fields)
    {
        foreach (FieldSite field in fields)
        {
            if (!ReadText(field.Start, field.Length, field, false))
                return false;
        }

        return true;
    }

    /// <summary>Reads a body that is one text: each token in it is a value of its own.</summary>
    private bool ReadText()
    {
        for (int at = 0; found.Tokens.TryFindToken(found.Body.Span, at, out int offset, out int length); at = offset + length)
        {
            FieldSite site = new(offset, length, 0, false);
            while (_next < _selected && found.Sites[_next].Start + found.Sites[_next].Length <= offset)
                _next++;
            bool isMet = _next < _selected && found.Sites[_next].Start < offset + length;
            bool isSame = isMet && found.Sites[_next] == site && found.Plan.Combine(found.Fields[_next].Operation, _operation) >= 0;
            if (isMet && !isSame)
                return found.Refuse(RefusalCode.ConflictingOperations, found.Plan.Operations[_operation].RuleId);
            if (!isMet && !found.Add(_operation, FieldType.String, found.Body.Slice(offset, length), site))
                return false;
        }

        return true;
    }

    /// <summary>Reads the inside of one value.</summary>
    /// <param name="start">Where it begins.</param>
    /// <param name="length">Its bytes.</param>
    /// <param name="whole">The site of the whole value.</param>
    /// <param name="isEscaped">Whether it must be decoded.</param>
    private bool ReadText(int start, int length, FieldSite whole, bool isEscaped)
    {
        ReadOnlyMemory<byte> text = found.Body.Slice(start, length);
        // In what cannot be decoded a token stays closed.
        if (isEscaped && !TryDecode(ref text))
            return true;
        int raw = 0, decoded = 0;
        for (int at = 0; found.Tokens.TryFindToken(text.Span, at, out int offset, out int tokenLength); at = offset + tokenLength)
        {
            if (MeetsOther(whole, out bool isSelected) || found.Plan.TokensConflict)
                return found.Refuse(RefusalCode.ConflictingOperations, found.Plan.Operations[_operation].RuleId);
            if (isSelected)
                return true;
            FieldSite site = whole;
            if (tokenLength != text.Length)
            {
                ReadOnlySpan<byte> source = found.Body.Span.Slice(start, length);
                int first = isEscaped ? Advance(source, ref raw, ref decoded, offset) : offset;
                int end = isEscaped ? Advance(source, ref raw, ref decoded, offset + tokenLength) : offset + tokenLength;
                site = whole with { Start = start + first, Length = end - first, IsInText = true };
            }

            if (!found.Add(_operation, FieldType.String, text.Slice(offset, tokenLength), site))
                return false;
        }

        return true;
    }

    /// <summary>Whether a selector gave the value, or what is around it, to an operation that does something else.</summary>
    private bool MeetsOther(FieldSite value, out bool isSelected)
    {
        while (_next < _selected && found.Sites[_next].Start + found.Sites[_next].Length <= value.Start)
            _next++;
        isSelected = _next < _selected && found.Sites[_next].Start <= value.Start;
        return isSelected && found.Plan.Combine(found.Fields[_next].Operation, _operation) < 0;
    }

    private bool TryDecode(ref ReadOnlyMemory<byte> text)
    {
        Memory<byte> decoded = found.Arena.Take(text.Length);
        bool well = found.Plan.Kind == ContentKind.Json
            ? JsonText.TryUnescape(text.Span, decoded.Span, out int written)
            : FormText.TryDecode(text.Span, decoded.Span, out written);
        text = decoded[..written];
        return well;
    }

    /// <summary>Where in the source the decoded text reaches a length. Tokens are ASCII, so one never begins or ends inside of an escape.</summary>
    private int Advance(ReadOnlySpan<byte> source, ref int raw, ref int decoded, int wanted)
    {
        Span<byte> one = stackalloc byte[4];
        while (decoded < wanted)
        {
            int length = EscapeLength(source[raw..]);
            int written = 1;
            if (length > 2 && found.Plan.Kind == ContentKind.Json)
                JsonText.TryUnescape(source.Slice(raw, length), one, out written);
            raw += length;
            decoded += written;
        }

        return raw;
    }

    private int EscapeLength(ReadOnlySpan<byte> source) => found.Plan.Kind switch
    {
        ContentKind.Json when source[0] != '\\' => 1,
        ContentKind.Json when source[1] != 'u' => 2,
        ContentKind.Json => source.Length >= 12 && source[6] == '\\' && source[7] == 'u' && (source[2] | 0x20) == 'd' && (source[3] | 0x20) is '8' or '9' or 'a' or 'b' ? 12 : 6,
        _ => source[0] == '%' ? 3 : 1,
    };
}
