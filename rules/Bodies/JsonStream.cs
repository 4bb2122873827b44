using System.Diagnostics.CodeAnalysis;

namespace E3.Relay.Rules.Bodies;

/// <summary>
/// A JSON body that is never there whole. What is held is a token that is not there to its end, an array or object that a selector reads ahead or takes whole, or a document whose values others are bound to.
/// </summary>
internal sealed class JsonStream : BodyStream
{
    // Parts large enough to be worth a call to the engine, small enough that a few of them are nothing beside the limit of a body.
    private const int PartBytes = 64 * 1024;
    private const int StepBytes = 16 * 1024;

    private readonly ContentKind _kind;
    private readonly RequestTarget? _target;
    private readonly ICaller? _caller;
    private readonly JsonBodyScan _scan;
    private SelectionBuilder _found;
    private int _read;
    private bool _disposed;

    internal JsonStream(CompiledBody plan, ContentKind kind, RequestTarget? target, ICaller? caller, RuleLimits limits, ITokenGrammar tokens)
    {
        (_kind, _target, _caller) = (kind, target, caller);
        _found = plan.Rent(default, limits, tokens);
        _scan = JsonBodyScan.Begin(_found, kind, true);
    }

    public override bool IsFull => Decided >= PartBytes || _found.Fields.Count > _found.Limits.FieldsMax / 2;

    public override Refusal? Refusal => _found.Refusal;

    /// <summary>Each document is bound to values of its own, so that only whole ones can be read.</summary>
    private bool ReadsWholeDocuments => _found.Plan.BindSlots > 0;

    /// <summary>Whether the plan's bodies can be read in parts. One document is not, where the values of it that others are bound to, or that a filter asks for, may stand behind everything else.</summary>
    internal static bool CanRead(CompiledBody plan, ContentKind kind) =>
        plan.TokenOperation < 0 && (kind != ContentKind.Json || (plan.BindSlots == 0 && !plan.Json!.NeedsDocument));

    public override bool TryRead(ReadOnlyMemory<byte> held, bool isLast)
    {
        // A value takes two bytes at least, so that one step does not find more of them than may be selected.
        for (int step = Math.Min(StepBytes, _found.Limits.FieldsMax); !IsFull && !IsEnd;)
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
            step = consumed > 0 ? Math.Min(StepBytes, _found.Limits.FieldsMax) : 2 * step;
        }

        return true;
    }

    public override bool TryCut(ReadOnlyMemory<byte> part, out BodySelection selection, [NotNullWhen(false)] out Refusal? refusal)
    {
        SelectionBuilder found = _found;
        found.Hold(part);
        selection = default;
        if (!found.Finish(_target, _caller, out ReadOnlyMemory<byte>[] contexts, IsEnd))
        {
            refusal = found.Refusal!;
            return false;
        }

        _found = found.Continue();
        (_read, Decided, Wanted) = (_read - part.Length, 0, Math.Max(0, Wanted - part.Length));
        if (!_scan.Continue(_found, part.Length))
        {
            refusal = _found.Refusal!;
            found.Plan.Return(found);
            return false;
        }

        found.Contexts = contexts;
        (selection, refusal) = (new BodySelection(found), null);
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        if (_disposed)
            return;
        _disposed = true;
        _scan.Dispose();
        _found.Plan.Return(_found);
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
        if (_found.Sites is [.., var last] && last.Start + last.Length > Decided)
            Decided = 0;
    }

    // What could not be read is read again when there is twice as much of it: else a body in small pieces would be read many times.
    private bool WantMore(int held, bool isAnyRead)
    {
        int undecided = held - Decided;
        if (undecided > _found.Limits.BodyBytesMax)
            return _found.Refuse(RefusalCode.BodyTooLarge);
        Wanted = isAnyRead ? 0 : Decided + Math.Min(2 * undecided, _found.Limits.BodyBytesMax + 1);
        return true;
    }
}
