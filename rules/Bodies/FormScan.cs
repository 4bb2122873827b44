using System.Text;
using System.Text.Unicode;

namespace E3.Relay.Rules.Bodies;

/// <summary>One pass over a form body, for all selectors together.</summary>
internal sealed class FormScan(SelectionBuilder found)
{
    private readonly List<int> _selectors = [];

    internal static bool TrySelect(SelectionBuilder found)
    {
        ReadOnlySpan<byte> body = found.Body.Span;
        if (!Utf8.IsValid(body) || body.StartsWith("\uFEFF"u8))
            return found.Refuse(RefusalCode.MalformedText);
        // Some servers separate fields at a semicolon too, and some end a line or a string at a control character.
        if (body.Contains((byte)';') || body.ContainsAnyInRange((byte)0, (byte)0x1F) || body.Contains((byte)0x7F))
            return found.Refuse(RefusalCode.AmbiguousForm);
        // Servers that do not look at the content type read these as JSON or XML; no form that a browser sends begins so.
        if (body.TrimStart((byte)' ') is [(byte)'{' or (byte)'[' or (byte)'"' or (byte)'<', ..])
            return found.Refuse(RefusalCode.AmbiguousForm);
        return new FormScan(found).Run(body);
    }

    private bool Run(ReadOnlySpan<byte> body)
    {
        int at = 0;
        while (at <= body.Length)
        {
            int length = body[at..].IndexOf((byte)'&');
            if (length < 0)
                length = body.Length - at;
            if (length > 0 && !ReadField(body.Slice(at, length), at))
                return false;
            at += length + 1;
        }

        return true;
    }

    private bool ReadField(ReadOnlySpan<byte> field, int start)
    {
        int equals = field.IndexOf((byte)'=');
        int nameLength = equals < 0 ? field.Length : equals;
        int valueStart = equals < 0 ? field.Length : equals + 1;
        if (!TryDecode(start, nameLength, out ReadOnlyMemory<byte> name) || !TryDecode(start + valueStart, field.Length - valueStart, out ReadOnlyMemory<byte> value))
            return false;
        bool isCharset = IsCharsetField(name.Span);
        if (name.Span.ContainsAnyInRange((byte)0, (byte)0x1F) || (isCharset && !Ascii.EqualsIgnoreCase(value.Span, "utf-8"u8)))
            return found.Refuse(RefusalCode.AmbiguousForm);
        // What it says holds of the whole form, under a selector of all fields too.
        if (isCharset)
            return true;
        found.Plan.Form!.Match(name.Span, _selectors);
        int operation = -1, bindSlot = -1;
        foreach (int selector in _selectors)
        {
            if (!found.Select(selector, ref operation, ref bindSlot))
                return false;
        }

        return operation < 0
            || found.Add(operation, FieldType.String, value, new FieldSite(start + valueStart, field.Length - valueStart, 0, equals < 0));
    }

    /// <summary>A field that names the charset of the others (HTML, section 4.10.21.5).</summary>
    private static bool IsCharsetField(ReadOnlySpan<byte> name) => Ascii.EqualsIgnoreCase(name, "_charset_"u8);

    private bool TryDecode(int start, int length, out ReadOnlyMemory<byte> text)
    {
        text = found.Body.Slice(start, length);
        if (!FormText.IsEncoded(text.Span))
            return true;
        Memory<byte> decoded = found.Arena.Take(length);
        if (!FormText.TryDecode(text.Span, decoded.Span, out int written))
            return found.Refuse(RefusalCode.AmbiguousForm);
        found.Arena.GiveBack(length - written);
        text = decoded[..written];
        return Utf8.IsValid(text.Span) || found.Refuse(RefusalCode.MalformedText);
    }
}
