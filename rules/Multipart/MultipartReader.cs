using System.Text;

namespace E3.Relay.Rules.Multipart;

/// <summary>
/// Reads multipart/form-data (RFC 7578, RFC 2046 section 5.1) that may arrive in pieces, in bounded memory: it is shown a window of the body and says what its first bytes are. All bytes are accounted for, so whoever
/// edits the body writes those of <see cref="MultipartEvent.Part"/> and <see cref="MultipartEvent.End"/> as they came, and the content as it likes. What readers are known to read differently is refused.
/// </summary>
internal sealed class MultipartReader
{
    /// <summary>The most bytes of one part's header fields, the boundary line before them not counted.</summary>
    public const int HeadBytesMax = 4096;

    /// <summary>The most parts of one body.</summary>
    public const int PartsMax = 20_000;

    // content-disposition:form-data;name=
    private const int DispositionBytesMin = 35;

    private readonly byte[] _marker;
    private bool _isInside;
    private bool _isFirst = true;

    // The line end and the boundary were found where the content ended.
    private bool _isAtMarker;

    private int _parts;
    private MultipartPart? _part;
    private byte[] _names = new byte[64];
    private ReadOnlyMemory<byte> _plainName;

    /// <summary>Starts before the first byte of a body.</summary>
    /// <param name="boundary">The boundary of its Content-Type: see <see cref="MultipartType"/>.</param>
    public MultipartReader(ReadOnlySpan<byte> boundary) => _marker = [.. "--"u8, .. boundary];

    /// <summary>The part that began last.</summary>
    public MultipartPart? Part => _part ??= _plainName.IsEmpty ? null : new(Encoding.ASCII.GetString(PlainName), null, null, null);

    /// <summary>The name of the part that began last when its header is that of a plain field, and its name of letters, digits, hyphens, dots and underscores; empty otherwise.</summary>
    public ReadOnlySpan<byte> PlainName => _plainName.Span;

    /// <summary>Why the body is refused.</summary>
    public MultipartError Error { get; private set; }

    /// <summary>Bytes that were accounted for: the place in the body at which the next window begins.</summary>
    public long Position { get; private set; }

    private int DelimiterStart => _isFirst ? 0 : 2;

    /// <summary>Says what the first bytes of the window are.</summary>
    /// <param name="window">The body from <see cref="Position"/> on, as far as it has arrived.</param>
    /// <param name="isLast">True when the body ends with the window.</param>
    /// <param name="length">How many bytes that is; the next window begins behind them.</param>
    public MultipartEvent Read(ReadOnlySpan<byte> window, bool isLast, out int length)
    {
        length = 0;
        if (Error != MultipartError.None)
            return MultipartEvent.Refused;
        MultipartEvent next = _isInside ? ReadContent(window, isLast, out length) : ReadDelimiter(window, isLast, out length);
        Position += length;
        return next;
    }

    // The boundary may stand nowhere in content but behind the line end that belongs to it: some readers look for it behind a bare line feed, at the start of content, or anywhere.
    private MultipartEvent ReadContent(ReadOnlySpan<byte> window, bool isLast, out int length)
    {
        int marker = window.IndexOf(_marker);
        length = 0;
        if (marker < 0)
        {
            if (isLast)
                return Refuse(MultipartError.EndMissing);
            length = Math.Max(0, window.Length - (_marker.Length + 1));
            return length > 0 ? MultipartEvent.Content : MultipartEvent.NeedMore;
        }

        if (marker < 2 || !window[(marker - 2)..marker].SequenceEqual("\r\n"u8))
            return Refuse(MultipartError.BoundaryInContent);
        length = marker - 2;
        (_isInside, _isAtMarker) = (false, true);
        return MultipartEvent.PartEnd;
    }

    private MultipartEvent ReadDelimiter(ReadOnlySpan<byte> window, bool isLast, out int length)
    {
        length = 0;
        int end = DelimiterStart + _marker.Length;
        if (!_isAtMarker && !window.Slice(Math.Min(DelimiterStart, window.Length)).StartsWith(_marker.AsSpan(0, Math.Clamp(window.Length - DelimiterStart, 0, _marker.Length))))
            return Refuse(MultipartError.BoundaryMissing);
        if (window.Length < end + 2)
            return isLast ? Refuse(_isFirst ? MultipartError.BoundaryMissing : MultipartError.EndMissing) : MultipartEvent.NeedMore;
        ReadOnlySpan<byte> mark = window.Slice(end, 2), rest = window[(end + 2)..];
        if (mark.SequenceEqual("--"u8))
            return ReadEnd(window.Length, rest, isLast, out length);
        if (!mark.SequenceEqual("\r\n"u8))
            return Refuse(MultipartError.BoundaryLine);
        return ReadHead(end + 2, rest, isLast, out length);
    }

    private MultipartEvent ReadEnd(int all, ReadOnlySpan<byte> rest, bool isLast, out int length)
    {
        length = 0;
        if (!"\r\n"u8.StartsWith(rest) || (isLast && rest.Length == 1))
            return Refuse(MultipartError.Epilogue);
        if (!isLast)
            return MultipartEvent.NeedMore;
        length = all;
        return MultipartEvent.End;
    }

    private MultipartEvent ReadHead(int start, ReadOnlySpan<byte> rest, bool isLast, out int length)
    {
        length = 0;
        ReadOnlySpan<byte> reachable = rest[..Math.Min(rest.Length, HeadBytesMax)];
        int end = MultipartHead.LengthOfPlain(reachable, out ReadOnlySpan<byte> name);
        bool isPlain = end > 0;
        if (!isPlain)
            end = reachable.IndexOf("\r\n\r\n"u8);

        // No field at all: the line end of the boundary is followed by the empty line.
        if (rest.StartsWith("\r\n"u8))
            return Refuse(MultipartError.Disposition);
        if (end < 0)
        {
            if (rest.Length >= HeadBytesMax)
                return Refuse(MultipartError.HeadTooLong);
            return isLast ? Refuse(MultipartError.EndMissing) : MultipartEvent.NeedMore;
        }

        // A boundary may look like a header field, and some readers look for it here too. A short head has no room for it beside what every head has.
        if (end >= _marker.Length + DispositionBytesMin && rest[..end].IndexOf(_marker) >= 0)
            return Refuse(MultipartError.BoundaryInContent);
        if (++_parts > PartsMax)
            return Refuse(MultipartError.TooManyParts);
        (_part, _plainName) = (null, default);
        if (isPlain)
            KeepName(name);
        else if (MultipartHead.Read(rest[..end], out _part) is var error and not MultipartError.None)
            return Refuse(error);
        length = start + end + 4;
        (_isInside, _isFirst, _isAtMarker) = (true, false, false);
        return MultipartEvent.Part;
    }

    // The window is gone by the time that the content ends.
    private void KeepName(ReadOnlySpan<byte> name)
    {
        if (_names.Length < name.Length)
            _names = new byte[HeadBytesMax];
        name.CopyTo(_names);
        _plainName = _names.AsMemory(0, name.Length);
    }

    private MultipartEvent Refuse(MultipartError error)
    {
        Error = error;
        return MultipartEvent.Refused;
    }
}
