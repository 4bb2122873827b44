using System.Text;
using System.Text.Unicode;

namespace E3.Relay.Rules.Bodies;

/// <summary>Reads a JSON body: its text is judged, and its document scanned. The body comes whole or in windows.</summary>
internal sealed class JsonBodyScan : IDisposable
{
    private readonly SelectionBuilder _found;
    private readonly JsonScan _scan;

    internal JsonBodyScan(SelectionBuilder found, bool copies)
    {
        _found = found;
        _scan = found.Plan.Json!.RentScan(found.Limits.DepthMax);
        _scan.Begin(found, copies);
    }

    /// <summary>Scans a body that is there whole.</summary>
    internal static bool TrySelect(SelectionBuilder found)
    {
        using JsonBodyScan scan = new(found, false);
        return scan.Read(found.Body, 0, true, out _);
    }

    internal bool Read(ReadOnlyMemory<byte> window, int origin, bool isFinal, out int consumed)
    {
        bool isAscii = Ascii.IsValid(window.Span);
        consumed = 0;
        if (!isAscii && (!Utf8.IsValid(window.Span) || window.Span.StartsWith("\uFEFF"u8)))
            return _found.Refuse(RefusalCode.MalformedText);
        return _scan.Read(window, origin, isAscii, isFinal, out consumed);
    }

    public void Dispose()
    {
        _scan.End();
        _found.Plan.Json!.ReturnScan(_scan);
    }
}
