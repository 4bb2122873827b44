using System.Buffers.Binary;
using System.Text;

namespace E3.Relay.Rules.Bodies;

/// <summary>Gathers what an editor finds in one body, and judges each value as its operation says.</summary>
internal sealed class SelectionBuilder(CompiledBody plan, ReadOnlyMemory<byte> body, RuleLimits limits, ITokenGrammar tokens)
{
    private const int KeptSitesMax = 1024;

    private readonly bool[] _matched = new bool[plan.Targets.Length];
    private readonly BoundValue[] _bound = new BoundValue[plan.BindSlots];
    private readonly FieldLists _small = new();
    private FieldLists? _large;
    private List<(int Fields, BoundValue[] Bound)>? _documents;
    private bool _hadDocuments;
    private long _generation;

    // Many documents of one body may be bound to the same value of the head.
    private Dictionary<Heads.BoundHead, byte[]?>? _heads;

    /// <summary>Which of the bodies one after the other this is. A handle for another is none any more.</summary>
    internal long Generation => Volatile.Read(ref _generation);

    internal CompiledBody Plan => plan;

    internal ReadOnlyMemory<byte> Body => body;

    internal RuleLimits Limits => limits;

    /// <summary>The plan's operations. Where documents of one body have contexts of their own, an operation stands in the list once for each context.</summary>
    internal IReadOnlyList<FieldOperation> Operations { get; private set; } = plan.Operations;

    internal ITokenGrammar Tokens => tokens;

    internal ValueArena Arena { get; } = new() { Memory = limits.Memory };

    /// <summary>The kind of a text; means nothing for other bodies.</summary>
    internal ContentKind TextKind { get; set; }

    internal List<SelectedField> Fields => (_large ?? _small).Fields;

    internal List<FieldSite> Sites => (_large ?? _small).Sites;

    /// <summary>Where the fields of a multipart body stand, selected or not; filled where tokens are looked for in all.</summary>
    internal List<FieldSite> TextSites { get; private set; } = [];

    /// <summary>The bound context of each operation; empty where nothing is bound.</summary>
    internal ReadOnlyMemory<byte>[] Contexts { get; set; } = [];

    internal Refusal? Refusal { get; private set; }

    /// <summary>What no value of a multipart body may hold: the hyphens and the boundary; empty in other bodies.</summary>
    internal byte[] Marker { get; set; } = [];

    /// <summary>Begins with another body.</summary>
    internal void Begin(ReadOnlyMemory<byte> nextBody, RuleLimits nextLimits, ITokenGrammar nextTokens) =>
        (body, limits, tokens, Arena.Memory) = (nextBody, nextLimits, nextTokens, nextLimits.Memory);

    /// <summary>Ends a generation, for the first who asks.</summary>
    internal bool TryLeave(long generation) => Interlocked.CompareExchange(ref _generation, generation + 1, generation) == generation;

    /// <summary>Clears everything that was found, and gives the memory back in which values stand.</summary>
    internal void End()
    {
        Arena.Dispose();
        _small.Clear();
        _large?.Clear();
        _large?.GiveBack();
        _large = null;
        TextSites.Clear();
        if (TextSites.Capacity > KeptSitesMax)
            TextSites = [];
        Array.Clear(_matched);
        Array.Clear(_bound);
        _heads = null;
        (body, _documents, _hadDocuments, Refusal, Operations, Contexts, Marker) = (default, null, false, null, plan.Operations, [], []);
    }

    /// <summary>Sets the bytes that the places of fields are counted in, where they were not all there when the scan began.</summary>
    internal void Hold(ReadOnlyMemory<byte> part) => body = part;

    /// <summary>Gathers what is found after this in the same body: it knows which selectors have selected something, and has no fields yet.</summary>
    internal SelectionBuilder Continue()
    {
        SelectionBuilder next = plan.Rent(default, limits, tokens);
        _matched.CopyTo(next._matched, 0);
        next._hadDocuments = _hadDocuments || _documents is not null;
        next.Marker = Marker;
        return next;
    }

    internal bool Refuse(RefusalCode code, string? ruleId = null)
    {
        Refusal ??= plan.Refuse(code, ruleId);
        return false;
    }

    /// <summary>Notes that a selector selected something and adds its operation to the one that the value has so far.</summary>
    /// <param name="selector">The selector.</param>
    /// <param name="operation">The value's operation, -1 when it has none.</param>
    /// <param name="bindSlot">Set when the selector finds a bound value.</param>
    internal bool Select(int selector, ref int operation, ref int bindSlot)
    {
        SelectorTarget target = plan.Targets[selector];
        if (target.Guards)
            return true;
        _matched[selector] = true;
        if (target.BindSlot >= 0)
        {
            bindSlot = target.BindSlot;
            return true;
        }

        operation = plan.Combine(operation, target.Operation);
        return operation >= 0 || Refuse(RefusalCode.ConflictingOperations, target.RuleId);
    }

    /// <summary>
    /// Judges a field of a form that is selected in queries: many servers read both as one set of fields, so it would pass the query selector by. It may stand there when the same is
    /// done to it.
    /// </summary>
    /// <param name="selectors">The selectors that its name matches.</param>
    /// <param name="operation">What they do to it in the form; -1 for nothing.</param>
    internal bool JudgeGuards(List<int> selectors, int operation)
    {
        foreach (int selector in selectors)
        {
            SelectorTarget target = plan.Targets[selector];
            if (target.Guards && (operation < 0 || plan.Families[operation] != target.Family))
                return Refuse(RefusalCode.AmbiguousForm, target.RuleId);
        }

        return true;
    }

    /// <summary>Notes a bound value. Its selector is singular and repeated members are refused, so there is one at most.</summary>
    /// <param name="slot">Which.</param>
    /// <param name="value">Its text.</param>
    /// <param name="isUsable">False when it is no scalar.</param>
    internal void Bind(int slot, ReadOnlyMemory<byte> value, bool isUsable) =>
        _bound[slot] = new BoundValue(value, isUsable);

    /// <summary>Adds a selected value, unless its operation leaves it alone.</summary>
    internal bool Add(int operation, FieldType type, ReadOnlyMemory<byte> value, FieldSite site)
    {
        FieldOperation applied = plan.Operations[operation];
        bool isFile = type == FieldType.Bytes;
        bool isToken = isFile ? tokens.IsSealedFile(value.Span) : type == FieldType.String && tokens.IsToken(value.Span);
        if ((isFile ? applied.JudgeFile(isToken) : applied.Judge(type, value.Span, isToken)) is { } code)
            return Refuse(code, applied.RuleId);
        if (applied.Action == FieldAction.Encrypt && value.IsEmpty && !applied.EncryptEmpty)
            return true;
        if (Fields.Count >= limits.FieldsMax)
            return Refuse(RefusalCode.TooManyFields, applied.RuleId);
        if (_large is null && _small.IsFull)
            _large = _small.ToLarge();
        Fields.Add(new SelectedField(operation, type, value, isToken));
        Sites.Add(site);
        return true;
    }

    /// <summary>Ends one of several documents of the body: each has what is required, and bound values of its own.</summary>
    internal bool FinishDocument()
    {
        if (!JudgeRequired())
            return false;
        _documents ??= [];
        if (plan.BindSlots > 0)
            _documents.Add((Fields.Count, [.. _bound]));
        Array.Clear(_matched);
        Array.Clear(_bound);
        return true;
    }

    /// <summary>Ends what was found after all documents, and has no bound values in any of them.</summary>
    internal void EndDocuments()
    {
        if (_documents is not null && plan.BindSlots > 0)
            _documents.Add((Fields.Count, new BoundValue[plan.BindSlots]));
    }

    /// <summary>Puts what several scans found into the order of the body.</summary>
    internal void Order()
    {
        int[] order = [.. Enumerable.Range(0, Sites.Count).OrderBy(i => Sites[i].Start)];
        SelectedField[] fields = [.. order.Select(i => Fields[i])];
        FieldSite[] sites = [.. order.Select(i => Sites[i])];
        Fields.Clear();
        Sites.Clear();
        Fields.AddRange(fields);
        Sites.AddRange(sites);
    }

    /// <summary>What can be judged only when the whole body was seen: required selectors and bound contexts.</summary>
    /// <param name="target">The request's target, for bound path segments.</param>
    /// <param name="caller">Who sends the request, for bound claims.</param>
    /// <param name="contexts">The context of each operation that selected something.</param>
    /// <param name="isEnd">Whether the body ends here; in its other parts nothing is missing yet.</param>
    internal bool Finish(RequestTarget? target, ICaller? caller, out ReadOnlyMemory<byte>[] contexts, bool isEnd = true)
    {
        contexts = [];
        if (isEnd && !_hadDocuments && _documents is null && !JudgeRequired())
            return false;
        if (!plan.HasBinds)
            return true;
        if (_documents is not null && plan.BindSlots > 0)
            return TryBuildContexts(_documents, target, caller, out contexts);
        contexts = new ReadOnlyMemory<byte>[plan.Operations.Length];
        return TryBuildContexts(0, Fields.Count, _bound, target, caller, contexts);
    }

    /// <summary>The context of a file that is in no part.</summary>
    internal bool TryBuildContext(int operation, RequestTarget? target, ICaller? caller, out ReadOnlyMemory<byte> context)
    {
        context = default;
        if (plan.Binds[operation].Length == 0)
            return true;
        if (!TryBuildContext(plan.Binds[operation], _bound, target, caller, out context))
            return Refuse(RefusalCode.BindMissing, plan.Operations[operation].RuleId);
        context = context.ToArray();
        return true;
    }

    private bool JudgeRequired()
    {
        for (int i = 0; i < _matched.Length; i++)
        {
            if (plan.Targets[i].IsRequired && !_matched[i])
                return Refuse(RefusalCode.RequiredMissing, plan.Targets[i].RuleId);
        }

        return true;
    }

    /// <summary>The contexts of the operations that selected something between two fields.</summary>
    private bool TryBuildContexts(int from, int to, BoundValue[] bound, RequestTarget? target, ICaller? caller, Span<ReadOnlyMemory<byte>> contexts)
    {
        for (int i = from; i < to; i++)
        {
            int operation = Fields[i].Operation;
            if (!contexts[operation].IsEmpty || plan.Binds[operation].Length == 0 || !plan.Operations[operation].UsesKey)
                continue;
            if (!TryBuildContext(plan.Binds[operation], bound, target, caller, out contexts[operation]))
                return Refuse(RefusalCode.BindMissing, plan.Operations[operation].RuleId);
        }

        return true;
    }

    /// <summary>The contexts where each document has its own: the fields of a document have operations of their own.</summary>
    private bool TryBuildContexts(
        List<(int Fields, BoundValue[] Bound)> documents, RequestTarget? target, ICaller? caller, out ReadOnlyMemory<byte>[] contexts)
    {
        List<FieldOperation> operations = [];
        List<ReadOnlyMemory<byte>> all = [];
        ReadOnlyMemory<byte>[] own = new ReadOnlyMemory<byte>[plan.Operations.Length];
        contexts = [];
        int from = 0;
        foreach ((int to, BoundValue[] bound) in documents)
        {
            if (from == to)
                continue;
            Array.Clear(own);
            if (!TryBuildContexts(from, to, bound, target, caller, own))
                return false;
            int first = operations.Count;
            operations.AddRange(plan.Operations);
            all.AddRange(own);
            for (; from < to; from++)
                Fields[from] = Fields[from] with { Operation = Fields[from].Operation + first };
        }

        if (operations.Count > 0)
            Operations = operations;
        contexts = operations.Count > 0 ? [.. all] : own;
        return true;
    }

    private bool TryFindHead(Heads.BoundHead head, RequestTarget? target, out ReadOnlyMemory<byte> value)
    {
        _heads ??= [];
        if (!_heads.TryGetValue(head, out byte[]? found) && target is not null)
        {
            head.TryFind(target, limits, tokens, out found);
            _heads.Add(head, found);
        }

        value = found;
        return found is not null;
    }

    private bool TryBuildContext(BoundSource[] sources, BoundValue[] bodyValues, RequestTarget? target, ICaller? caller, out ReadOnlyMemory<byte> context)
    {
        context = default;
        ReadOnlyMemory<byte>[] values = new ReadOnlyMemory<byte>[sources.Length];
        int length = 0;
        for (int i = 0; i < values.Length; i++)
        {
            if (!TryFindValue(sources[i], bodyValues, target, caller, out values[i]))
                return false;
            length += 4 + values[i].Length;
        }

        if (length > limits.ContextBytesMax)
            return false;
        Memory<byte> built = Arena.Take(length);
        Span<byte> rest = built.Span;
        foreach (ReadOnlyMemory<byte> value in values)
        {
            BinaryPrimitives.WriteInt32BigEndian(rest, value.Length);
            value.Span.CopyTo(rest[4..]);
            rest = rest[(4 + value.Length)..];
        }

        context = built;
        return true;
    }

    private bool TryFindValue(BoundSource source, BoundValue[] bodyValues, RequestTarget? target, ICaller? caller, out ReadOnlyMemory<byte> value)
    {
        value = default;
        if (source.Slot >= 0)
        {
            BoundValue bound = bodyValues[source.Slot];
            value = bound.Value;
            return bound.IsUsable;
        }

        if (source.Claim is not null)
            return TryFindClaim(source.Claim, caller, out value);
        if (source.Head is not null)
            return TryFindHead(source.Head, target, out value);
        if (target is null || source.PathSegment > target.Segments.Count)
            return false;
        value = Encoding.UTF8.GetBytes(target.Segments[source.PathSegment - 1]);
        return true;
    }

    /// <summary>A claim with several values, or an empty one, says nothing that a token could be bound to.</summary>
    private static bool TryFindClaim(string claim, ICaller? caller, out ReadOnlyMemory<byte> value)
    {
        value = caller?.Claim(claim) is [string only] ? Encoding.UTF8.GetBytes(only) : default;
        return !value.IsEmpty;
    }

    private readonly record struct BoundValue(ReadOnlyMemory<byte> Value, bool IsUsable);
}
