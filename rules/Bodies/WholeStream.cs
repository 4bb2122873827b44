using System.Diagnostics.CodeAnalysis;

namespace E3.Relay.Rules.Bodies;

/// <summary>A body that may be one sealed file, and is never there whole: its first bytes tell. If it is none, it is what its content type says.</summary>
internal sealed class WholeStream : PartStream
{
    private const int FileStartBytes = 1024;

    private readonly BodyPlan? _otherwise;
    private readonly RuleLimits _limits;
    private readonly ITokenGrammar _tokens;
    private BodyStream? _inner;
    private StreamedFile? _next;
    private bool _isJudged;

    internal WholeStream(CompiledBody plan, BodyPlan? otherwise, RequestTarget? target, ICaller? caller, RuleLimits limits, ITokenGrammar tokens)
        : base(plan, target, caller, limits, tokens) => (_otherwise, _limits, _tokens) = (otherwise, limits, tokens);

    public override bool IsFull => _inner?.IsFull ?? (_next is not null || base.IsFull);

    public override Refusal? Refusal => base.Refusal ?? _inner?.Refusal;

    public override bool TryRead(ReadOnlyMemory<byte> held, bool isLast)
    {
        if (!_isJudged && held.Length < FileStartBytes && !isLast)
        {
            Wanted = FileStartBytes;
            return true;
        }

        if (!_isJudged && !Judge(held))
            return false;
        if (_inner is not null)
            return Mirror(_inner.TryRead(held, isLast));
        if (_next is null)
            (Decided, IsEnd) = (held.Length, isLast);
        return true;
    }

    public override bool TryCut(ReadOnlyMemory<byte> part, out BodySelection selection, [NotNullWhen(false)] out Refusal? refusal) =>
        _inner is null ? base.TryCut(part, out selection, out refusal) : Mirror(_inner.TryCut(part, out selection, out refusal));

    public override bool TryReadFile(ReadOnlyMemory<byte> held, bool isLast, out int length)
    {
        if (_inner is not null)
            return Mirror(_inner.TryReadFile(held, isLast, out length));
        length = held.Length;
        if (isLast)
            File = null;
        return true;
    }

    protected override bool TryContinue(int bytes)
    {
        (File, _next) = (_next, null);
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        _inner?.Dispose();
        base.Dispose(disposing);
    }

    private bool Judge(ReadOnlyMemory<byte> held)
    {
        _isJudged = true;
        if (!_tokens.IsSealedFile(held.Span))
            return JudgeOther();
        int operation = -1, bindSlot = -1;
        for (int selector = 0; selector < Found.Plan.Targets.Length; selector++)
        {
            if (!Found.Select(selector, ref operation, ref bindSlot))
                return false;
        }

        FieldOperation applied = Found.Plan.Operations[operation];
        if (applied.JudgeFile(true) is { } code)
            return Found.Refuse(code, applied.RuleId);
        if (applied.Action == FieldAction.Leave)
            return Found.Add(operation, FieldType.Bytes, default, default);
        if (!TryBuildContext(operation, out ReadOnlyMemory<byte> context))
            return false;
        _next = new StreamedFile(applied, context, default);
        return true;
    }

    private bool JudgeOther()
    {
        if (Array.Find(Found.Plan.Operations, static operation => operation.Strict) is { } strict)
            return Found.Refuse(RefusalCode.NotAToken, strict.RuleId);
        _inner = _otherwise?.OpenStream(_limits, _tokens);
        return _otherwise is null || _inner is not null || Found.Refuse(RefusalCode.BodyTooLarge);
    }

    private bool Mirror(bool going)
    {
        (Decided, Wanted, IsEnd, File) = (_inner!.Decided, _inner.Wanted, _inner.IsEnd, _inner.File);
        return going;
    }
}
