using System.Text;
using E3.Relay.Rules.Bodies;

namespace E3.Relay.Rules.Heads;

/// <summary>Finds the selected values of a head: path first, then query, then the header lines in their order.</summary>
internal sealed class HeadScan(SelectionBuilder found)
{
    private const string RequestCookies = "Cookie", ResponseCookies = "Set-Cookie";

    private readonly List<int> _targets = [];

    internal SelectionBuilder Found => found;

    internal HeadMatcher Matcher { get; } = found.Plan.Head!;

    /// <summary>Where each selected field stands.</summary>
    internal List<HeadSite> Sites { get; } = [];

    /// <summary>Scans a whole head.</summary>
    /// <param name="target">The request's target; null for a response.</param>
    /// <param name="lines">The header lines.</param>
    internal bool Run(RequestTarget? target, IReadOnlyList<HeaderLine> lines)
    {
        if (target is not null && !(ReadPath(target) && (Matcher.Query is null || new QueryScan(this).Run(target.Query))))
            return false;
        CookieScan? cookies = Matcher.Cookies is null ? null : new CookieScan(this);
        string cookieField = target is null ? ResponseCookies : RequestCookies;
        for (int i = 0; i < lines.Count; i++)
        {
            bool going = cookies is not null && lines[i].Name.Equals(cookieField, StringComparison.OrdinalIgnoreCase)
                ? cookies.Run(i, lines[i].Value, isResponse: target is null)
                : ReadHeader(i, lines[i]);
            if (!going)
                return false;
        }

        return true;
    }

    /// <summary>The operation of a value that these targets select; -1 for none. False when they disagree.</summary>
    internal bool TryResolve(List<int> targets, out int operation)
    {
        operation = -1;
        int bindSlot = -1;
        foreach (int target in targets)
        {
            if (!found.Select(target, ref operation, ref bindSlot))
                return false;
        }

        return true;
    }

    internal bool Add(int operation, ReadOnlyMemory<byte> value, HeadSite site)
    {
        int count = found.Fields.Count;
        if (!found.Add(operation, FieldType.String, value, default))
            return false;
        if (found.Fields.Count > count)
            Sites.Add(site);
        return true;
    }

    /// <summary>Text of the head as bytes, in memory that is cleared afterwards.</summary>
    internal Memory<byte> Take(ReadOnlySpan<char> text)
    {
        Memory<byte> taken = found.Arena.Take(Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text, taken.Span);
        return taken;
    }

    private bool ReadPath(RequestTarget target)
    {
        foreach (int segment in Matcher.Segments.Select(entry => entry.Segment).Distinct().Order())
        {
            if (segment > target.Segments.Count)
                continue;
            _targets.Clear();
            _targets.AddRange(Matcher.Segments.Where(entry => entry.Segment == segment).Select(entry => entry.Target));
            if (!TryResolve(_targets, out int operation) || !Add(operation, Take(target.Segments[segment - 1]), new HeadSite(HeadPart.Path, segment, 0, 0)))
                return false;
        }

        return true;
    }

    /// <summary>A field's whole line is one value, whether it is a list or not; white space around it is none of it (RFC 9110, section 5.5).</summary>
    private bool ReadHeader(int line, HeaderLine field)
    {
        if (Matcher.Headers is not { } headers)
            return true;
        headers.Match(field.Name, _targets);
        if (!TryResolve(_targets, out int operation))
            return false;
        if (operation < 0)
            return true;
        ReadOnlySpan<char> value = field.Value.AsSpan().Trim(" \t");
        return HeadText.IsFieldValue(value)
            ? Add(operation, Take(value), new HeadSite(HeadPart.Header, line, 0, field.Value.Length))
            : found.Refuse(RefusalCode.AmbiguousHeader, found.Plan.Operations[operation].RuleId);
    }
}
