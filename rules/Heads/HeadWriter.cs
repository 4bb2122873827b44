using System.Buffers;
using System.Text;
using E3.Relay.Rules.Bodies;

namespace E3.Relay.Rules.Heads;

/// <summary>Writes a head with values replaced, which must come in the order of the head.</summary>
internal sealed class HeadWriter(RequestTarget? target, IReadOnlyList<HeaderLine> lines)
{
    private HeaderLine[]? _lines;
    private Dictionary<int, string>? _segments;
    private StringBuilder? _text;
    private HeadSite _last;
    private int _copied;
    private string? _query;

    /// <summary>Replaces a value. False when it cannot stand there.</summary>
    internal bool TryReplace(HeadSite site, ReadOnlySpan<byte> value)
    {
        if (site.Part == HeadPart.Path)
            return ReplaceSegment(site.Line, value);
        if (Encode(site, value) is not { } text)
            return false;
        if (_text is null || _last.Part != site.Part || _last.Line != site.Line)
            Begin(site);
        _text!.Append(TextOf(site), _copied, site.Start - _copied).Append(text);
        _copied = site.Start + site.Length;
        return true;
    }

    /// <summary>The head; null when nothing was replaced.</summary>
    internal HeadEdit? Finish()
    {
        End();
        RequestTarget? written = _segments is null && _query is null ? null : target!.With(_segments, _query);
        return written is null && _lines is null ? null : new HeadEdit(written, _lines ?? lines);
    }

    private static string? Encode(HeadSite site, ReadOnlySpan<byte> value)
    {
        if (site.Part == HeadPart.Query)
            return (site.WantsEquals ? "=" : "") + Escape(value);
        if (site.Part == HeadPart.Cookie)
            return HeadText.IsCookieValue(value) ? Encoding.ASCII.GetString(value) : null;
        string text = Encoding.Latin1.GetString(value);
        return HeadText.IsFieldValue(text) ? text : null;
    }

    /// <summary>Unreserved characters plain, all others as escapes: the normal form of a path and of a query.</summary>
    private static string Escape(ReadOnlySpan<byte> value)
    {
        ArrayBufferWriter<byte> escaped = new(value.Length + 1);
        FormText.Write(escaped, value);
        return Encoding.ASCII.GetString(escaped.WrittenSpan);
    }

    private bool ReplaceSegment(int segment, ReadOnlySpan<byte> value)
    {
        string text = Escape(value);
        if (!RequestTarget.IsSegment(text))
            return false;
        (_segments ??= []).Add(segment, text);
        return true;
    }

    private void Begin(HeadSite site)
    {
        End();
        (_text, _last, _copied) = (new StringBuilder(), site, 0);
    }

    private void End()
    {
        if (_text is null)
            return;
        string text = TextOf(_last);
        _text.Append(text, _copied, text.Length - _copied);
        if (_last.Part == HeadPart.Query)
            _query = _text.ToString();
        else
            (_lines ??= [.. lines])[_last.Line] = lines[_last.Line] with { Value = _text.ToString() };
        _text = null;
    }

    private string TextOf(HeadSite site) => site.Part == HeadPart.Query ? target!.Query : lines[site.Line].Value;
}
