using System.Buffers;
using System.Numerics;
using System.Text;
using System.Text.Unicode;

namespace E3.Relay.Rules.Bodies;

/// <summary>One pass over a form body, for all selectors together.</summary>
internal sealed class FormScan(SelectionBuilder found)
{
    // Printable ASCII without the semicolon.
    private static readonly SearchValues<byte> Usual = SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Where(c => c != ';').Select(c => (byte)c)]);

    private readonly FormMatcher _form = found.Plan.Form!;
    private readonly List<int> _selectors = [];
    private Memory<byte> _decodedName, _decodedValue;

    internal static bool TrySelect(SelectionBuilder found)
    {
        ReadOnlySpan<byte> body = found.Body.Span;
        if (body.ContainsAnyExcept(Usual) && !JudgeUnusual(found, body))
            return false;
        // Servers that do not look at the content type read these as JSON or XML; no form that a browser sends begins so.
        if (body.TrimStart((byte)' ') is [(byte)'{' or (byte)'[' or (byte)'"' or (byte)'<', ..])
            return found.Refuse(RefusalCode.AmbiguousForm);
        return new FormScan(found).Run(body);
    }

    private static bool JudgeUnusual(SelectionBuilder found, ReadOnlySpan<byte> body)
    {
        if (!Utf8.IsValid(body) || body.StartsWith("\uFEFF"u8))
            return found.Refuse(RefusalCode.MalformedText);
        // Some servers separate fields at a semicolon too, and some end a line or a string at a control character.
        if (body.Contains((byte)';') || body.ContainsAnyInRange((byte)0, (byte)0x1F) || body.Contains((byte)0x7F))
            return found.Refuse(RefusalCode.AmbiguousForm);
        return true;
    }

    private bool Run(ReadOnlySpan<byte> body)
    {
        FormField field = new(0);
        int whole = body.Length & -FormBlock.Bytes;
        Span<byte> rest = stackalloc byte[FormBlock.Bytes];
        rest.Fill((byte)'.');
        body[whole..].CopyTo(rest);
        return Read(body, body[..whole], 0, ref field) && Read(body, rest, whole, ref field) && EndField(body, field, body.Length);
    }

    /// <summary>Reads whole blocks.</summary>
    /// <param name="body">The form.</param>
    /// <param name="blocks">The blocks.</param>
    /// <param name="start">Where they stand in it.</param>
    /// <param name="reading">The field that reaches into them, and afterwards the one that reaches out of them.</param>
    private bool Read(ReadOnlySpan<byte> body, ReadOnlySpan<byte> blocks, int start, ref FormField reading)
    {
        FormField field = reading;
        for (int at = 0; at < blocks.Length; at += FormBlock.Bytes)
        {
            FormBlock block = new(blocks.Slice(at, FormBlock.Bytes));
            ulong unread = ulong.MaxValue;
            for (ulong ends = block.Ends; ends != 0; ends &= ends - 1)
            {
                ulong read = (ends ^ (ends - 1)) & unread;
                field.Note(block.Equals & read, block.Odd & read, start + at);
                int end = start + at + BitOperations.TrailingZeroCount(ends);
                if (!EndField(body, field, end))
                    return false;
                field = new(end + 1);
                unread ^= read;
            }

            field.Note(block.Equals & unread, block.Odd & unread, start + at);
        }

        reading = field;
        return true;
    }

    private bool EndField(ReadOnlySpan<byte> body, FormField field, int end)
    {
        if (field.Start == end)
            return true;
        int nameEnd = field.HasEquals ? field.EqualsAt : end;
        // Most fields are of no concern to anybody.
        if (field.FirstOdd > nameEnd && !_form.MaySelect(body[field.Start..nameEnd]))
            return !field.HasOdd || JudgeEscapes(body[nameEnd..end]);
        return JudgeField(body[field.Start..nameEnd], body[(field.HasEquals ? nameEnd + 1 : end)..end], field, end);
    }

    private bool JudgeField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, FormField field, int end)
    {
        bool isPlain = field.FirstOdd >= field.Start + name.Length;
        if (!isPlain && !TryDecodeName(ref name))
            return false;
        if (field.HasOdd && !JudgeEscapes(value))
            return false;
        if (!isPlain && name.ContainsAnyInRange((byte)0, (byte)0x1F))
            return found.Refuse(RefusalCode.AmbiguousForm);
        FieldSite site = new(end - value.Length, value.Length, 0, !field.HasEquals);
        if (IsCharsetField(name))
            return JudgeCharset(site);
        if (isPlain)
            _form.MatchPlain(name, _selectors);
        else
            _form.Match(name, _selectors);
        return _selectors.Count == 0 || Select(site);
    }

    private bool Select(FieldSite site)
    {
        int operation = -1, bindSlot = -1;
        foreach (int selector in _selectors)
        {
            if (!found.Select(selector, ref operation, ref bindSlot))
                return false;
        }

        return found.JudgeGuards(_selectors, operation) && found.Add(operation, FieldType.String, Decoded(site), site);
    }

    /// <summary>A field that names the charset of the others (HTML, section 4.10.21.5).</summary>
    private static bool IsCharsetField(ReadOnlySpan<byte> name) => Ascii.EqualsIgnoreCase(name, "_charset_"u8);

    /// <summary>What the charset field says holds of the whole form. It is not selected, under a selector of all fields neither.</summary>
    private bool JudgeCharset(FieldSite site) =>
        Ascii.EqualsIgnoreCase(Decoded(site).Span, "utf-8"u8) || found.Refuse(RefusalCode.AmbiguousForm);

    private bool TryDecodeName(ref ReadOnlySpan<byte> name)
    {
        if (!FormText.IsEncoded(name))
            return true;
        Span<byte> decoded = Take(ref _decodedName, name.Length);
        if (!FormText.TryDecode(name, decoded, out int written))
            return found.Refuse(RefusalCode.AmbiguousForm);
        name = decoded[..written];
        return Utf8.IsValid(name) || found.Refuse(RefusalCode.MalformedText);
    }

    /// <summary>Judges a value that need not be decoded.</summary>
    private bool JudgeEscapes(ReadOnlySpan<byte> value)
    {
        if (!FormText.AreEscapesWhole(value, out bool areAscii))
            return found.Refuse(RefusalCode.AmbiguousForm);
        // The body is UTF-8 as it is spelled, and escapes of ASCII leave it so.
        if (areAscii)
            return true;
        Span<byte> decoded = Take(ref _decodedValue, value.Length);
        return (FormText.TryDecode(value, decoded, out int written) && Utf8.IsValid(decoded[..written])) || found.Refuse(RefusalCode.MalformedText);
    }

    /// <summary>A value whose escapes were judged.</summary>
    private ReadOnlyMemory<byte> Decoded(FieldSite site)
    {
        ReadOnlyMemory<byte> text = found.Body.Slice(site.Start, site.Length);
        if (!FormText.IsEncoded(text.Span))
            return text;
        Memory<byte> decoded = found.Arena.Take(site.Length);
        FormText.TryDecode(text.Span, decoded.Span, out int written);
        found.Arena.GiveBack(site.Length - written);
        return decoded[..written];
    }

    // Used for one field after the other, so that a form takes no more memory than its longest field and what is selected.
    private Span<byte> Take(ref Memory<byte> memory, int length)
    {
        if (memory.Length < length)
            memory = found.Arena.Take(Math.Max(length, memory.Length * 2));
        return memory.Span[..length];
    }
}
