namespace E3.Relay.Rules.Bodies;

/// <summary>
/// A JSON body that is never there whole. What is held is a token that is not there to its end, an array or object that a selector reads ahead or takes whole, or a document whose values others are bound to.
/// </summary>
internal sealed class JsonStream : PartStream
{
    private const int StepBytes = 16 * 1024;

    private readonly ContentKind _kind;
    private readonly JsonBodyScan _scan;
    private int _read;

    internal JsonStream(CompiledBody plan, ContentKind kind, RequestTarget? target, ICaller? caller, RuleLimits limits, ITokenGrammar tokens)
        : base(plan, target, caller, limits, tokens)
    {
        _kind = kind;
        _scan = JsonBodyScan.Begin(Found, kind, true);
    }

    /// <summary>Each document is bound to values of its own, so that only whole ones can be read.</summary>
    private bool ReadsWholeDocuments => Found.Plan.BindSlots > 0;

    // A value takes two bytes at least, so that one step does not find more of them than may be selected.
    private int FirstStep => Math.Min(StepBytes, Found.Limits.FieldsMax);

    /// <summary>Whether the plan's bodies can be read in parts. One document is not, where the values of it that others are bound to, or that a filter asks for, may stand behind everything else.</summary>
    internal static bool CanRead(CompiledBody plan, ContentKind kind) =>
        plan.TokenOperation < 0 && (kind != ContentKind.Json || (plan.BindSlots == 0 && !plan.Json!.NeedsDocument));

    public override bool TryRead(ReadOnlyMemory<byte> held, bool isLast)
    {
        for (int step = FirstStep; !IsFull && !IsEnd;)
        {
            int end = StepEnd(held.Span, step, isLast);
            if (end < 0)
                return WantMore(held.Length, false);
            bool isFinal = isLast && end == held.Length;
            if (!_scan.Read(held[_read..end], _read, isFinal, out int consumed))
                return false;
            _read += consumed;
            IsEnd = isFinal;
            Decide(held.Span, isFinal);
            if (!isFinal && end == held.Length)
                return WantMore(held.Length, consumed > 0);
            step = consumed > 0 ? FirstStep : 2 * step;
        }

        return true;
    }

    protected override bool TryContinue(int bytes)
    {
        _read -= bytes;
        return _scan.Continue(Found, bytes);
    }

    protected override void Dispose(bool disposing)
    {
        // Once only: the scan may belong to another body by then.
        if (!IsDisposed)
            _scan.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>How far to read; -1 when more must come before it is worth it.</summary>
    private int StepEnd(ReadOnlySpan<byte> held, int step, bool isLast)
    {
        int end = (int)Math.Min((long)_read + step, held.Length);
        if (!ReadsWholeDocuments)
            return end > _read || isLast ? end : -1;
        byte separator = _kind == ContentKind.JsonLines ? (byte)'\n' : (byte)0x1E;
        int last = held[_read..end].LastIndexOf(separator);
        if (last < 0)
            last = held[_read..].IndexOf(separator);
        return last >= 0 ? _read + last + 1 : isLast ? held.Length : -1;
    }

    private void Decide(ReadOnlySpan<byte> held, bool isFinal)
    {
        Decided = _scan.WholeStart >= 0 ? _scan.WholeStart : _read;
        // With its last bracket a document would look complete to whoever reads it; it goes when nothing is wrong with what follows.
        if (isFinal || !_scan.IsComplete)
            return;
        Decided = held[..Decided].LastIndexOfAny((byte)']', (byte)'}');
        if (Found.Sites is [.., var last] && last.Start + last.Length > Decided)
            Decided = 0;
    }
}
