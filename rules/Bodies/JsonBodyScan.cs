using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace E3.Relay.Rules.Bodies;

/// <summary>
/// Reads a JSON body: its text is judged, and each of its documents scanned. The body comes whole or in windows, and what is found does not depend on which:
/// the first thing that is wrong in it is what refuses it.
/// </summary>
internal sealed class JsonBodyScan(JsonScan scan) : IDisposable
{
    private const byte LineFeed = (byte)'\n', RecordSeparator = 0x1E;

    private SelectionBuilder _found = null!;
    private ContentKind _kind;
    private bool _isStart, _isInRecord, _recordHasBytes, _recordEndsInBlank;

    internal int DepthMax => scan.DepthMax;

    /// <summary>Begins with a body; dispose of the scan afterwards.</summary>
    /// <param name="found">Gathers what is found.</param>
    /// <param name="kind">One document, or how several are kept apart.</param>
    /// <param name="copies">Whether values are copied, because a window does not outlive its scan.</param>
    internal static JsonBodyScan Begin(SelectionBuilder found, ContentKind kind, bool copies)
    {
        JsonBodyScan begun = found.Plan.Json!.RentScan(found.Limits.DepthMax);
        (begun._found, begun._kind) = (found, kind);
        (begun._isStart, begun._isInRecord, begun._recordHasBytes, begun._recordEndsInBlank) = (true, false, false, false);
        begun.BeginScan(copies);
        return begun;
    }

    /// <summary>Where the array or object begins that is being read as one value; -1 when there is none.</summary>
    internal int WholeStart => scan.WholeStart;

    /// <summary>Whether the one document of the body was read to its last bracket.</summary>
    internal bool IsComplete => _kind == ContentKind.Json && scan.IsComplete;

    /// <summary>Goes on where what was found so far is taken away, and the bytes with it.</summary>
    /// <returns>False when the body is refused.</returns>
    internal bool Continue(SelectionBuilder found, int bytes)
    {
        _found = found;
        return scan.Continue(found, bytes);
    }

    private void BeginScan(bool copies) => scan.Begin(_found, copies);

    /// <summary>Scans a body that is there whole.</summary>
    internal static bool TrySelect(SelectionBuilder found, ContentKind kind)
    {
        using JsonBodyScan begun = Begin(found, kind, false);
        return begun.Read(found.Body, 0, true, out _);
    }

    /// <summary>Reads on.</summary>
    /// <param name="window">What was left over, and what came after it.</param>
    /// <param name="origin">Where in the body the window begins.</param>
    /// <param name="isFinal">Whether the body ends with the window.</param>
    /// <param name="consumed">How much of the window is not wanted again.</param>
    /// <returns>False when the body is refused.</returns>
    internal bool Read(ReadOnlyMemory<byte> window, int origin, bool isFinal, out int consumed)
    {
        bool isAscii = Ascii.IsValid(window.Span), isText = true;
        int length = isAscii ? window.Length : TextLength(window.Span, _isStart, isFinal, out isText);
        bool going = _kind switch
        {
            ContentKind.JsonLines => ReadLines(window[..length], origin, isAscii, isFinal && isText, out consumed),
            ContentKind.JsonSequence => ReadRecords(window[..length], origin, isAscii, isFinal && isText, out consumed),
            _ => scan.Read(window[..length], origin, isAscii, isFinal && isText, out consumed),
        };
        _isStart &= consumed == 0;
        return going && (isText || _found.Refuse(RefusalCode.MalformedText));
    }

    /// <summary>How much of a window is UTF-8, without a character at its end that is not there whole.</summary>
    private static int TextLength(ReadOnlySpan<byte> window, bool isStart, bool isFinal, out bool isText)
    {
        isText = true;
        if (isStart && window.StartsWith("\uFEFF"u8))
        {
            isText = false;
            return 0;
        }

        if (Utf8.IsValid(window))
            return window.Length;
        int length = 0;
        OperationStatus status = OperationStatus.Done;
        while (length < window.Length && (status = Rune.DecodeFromUtf8(window[length..], out _, out int taken)) == OperationStatus.Done)
            length += taken;
        isText = status == OperationStatus.NeedMoreData && !isFinal;
        return length;
    }

    private bool ReadLines(ReadOnlyMemory<byte> window, int origin, bool isAscii, bool isFinal, out int consumed)
    {
        consumed = 0;
        while (true)
        {
            ReadOnlyMemory<byte> rest = window[consumed..];
            int end = rest.Span.IndexOf(LineFeed);
            if (!ReadLine(end < 0 ? rest : rest[..end], origin + consumed, isAscii, end >= 0 || isFinal, out int taken))
                return false;
            consumed += end < 0 ? taken : end + 1;
            if (end < 0)
                return true;
        }
    }

    /// <summary>Reads a line, or what is there of it. Readers of such bodies pass over lines without a document.</summary>
    private bool ReadLine(ReadOnlyMemory<byte> line, int origin, bool isAscii, bool ends, out int taken)
    {
        taken = line.Length;
        if (!scan.HasBegun && !line.Span.ContainsAnyExcept(" \t\r"u8))
            return true;
        return scan.Read(line, origin, isAscii, ends, out taken) && (!ends || FinishDocument());
    }

    private bool ReadRecords(ReadOnlyMemory<byte> window, int origin, bool isAscii, bool isFinal, out int consumed)
    {
        consumed = 0;
        while (consumed < window.Length || (_isInRecord && isFinal))
        {
            ReadOnlyMemory<byte> rest = window[consumed..];
            if (!_recordHasBytes && rest.Span is [RecordSeparator, ..])
            {
                _isInRecord = true;
                consumed++;
                continue;
            }

            if (!_isInRecord)
                return _found.Refuse(RefusalCode.MalformedBody);
            int end = rest.Span.IndexOf(RecordSeparator);
            if (!ReadRecord(end < 0 ? rest : rest[..end], origin + consumed, isAscii, end >= 0 || isFinal, out int taken))
                return false;
            consumed += end < 0 ? taken : end;
            if (end < 0)
                return true;
        }

        return true;
    }

    /// <summary>Reads a record, or what is there of it. A record that may have lost its end is refused (RFC 7464, section 2.4).</summary>
    private bool ReadRecord(ReadOnlyMemory<byte> record, int origin, bool isAscii, bool ends, out int taken)
    {
        if (!record.IsEmpty)
            (_recordHasBytes, _recordEndsInBlank) = (true, " \t\r\n"u8.Contains(record.Span[^1]));
        if (!scan.Read(record, origin, isAscii, ends, out taken))
            return false;
        if (!ends)
            return true;
        if (!scan.EndsWithBracket && !_recordEndsInBlank)
            return _found.Refuse(RefusalCode.MalformedBody);
        (_isInRecord, _recordHasBytes) = (false, false);
        return FinishDocument();
    }

    private bool FinishDocument()
    {
        scan.BeginDocument();
        return _found.FinishDocument();
    }

    public void Dispose()
    {
        scan.End();
        _found.Plan.Json!.ReturnScan(this);
        _found = null!;
    }
}
