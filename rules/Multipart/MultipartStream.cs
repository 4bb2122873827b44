using System.Text;
using System.Text.Unicode;
using E3.Relay.Rules.Bodies;

namespace E3.Relay.Rules.Multipart;

/// <summary>
/// A multipart body that is never there whole. What is held is a boundary, the header fields of a part, or a selected field; the content of other parts passes, and that of selected files is read apart.
/// The last boundary is held until the body has ended.
/// </summary>
internal sealed class MultipartStream : PartStream
{
    // Who looks at a file's beginning needs some of it. A file that is shorter is a field like others.
    private const int FileStartBytes = 1024;

    private readonly MultipartReader _reader;
    private readonly List<int> _selectors = [];

    /// <summary>What the reader has accounted for, and where the content of the part begins: places in what is held.</summary>
    private int _read, _start;

    /// <summary>The operation on the part, -1 when there is none.</summary>
    private int _operation = -1;

    private StreamedFile? _next;
    private bool _isFile, _isUnchosen;

    private MultipartStream(byte[] boundary, CompiledBody plan, RequestTarget? target, ICaller? caller, RuleLimits limits, ITokenGrammar tokens)
        : base(plan, target, caller, limits, tokens)
    {
        _reader = new MultipartReader(boundary);
        Found.Marker = [.. "--"u8, .. boundary];
    }

    public override bool IsFull => _next is not null || base.IsFull;

    /// <summary>Begins with a body; null where its boundary is none, which refuses the body wherever it is read.</summary>
    internal static MultipartStream? Open(CompiledBody plan, string contentType, RequestTarget? target, ICaller? caller, RuleLimits limits, ITokenGrammar tokens) =>
        MultipartType.TryReadBoundary(contentType, out byte[] boundary) ? new MultipartStream(boundary, plan, target, caller, limits, tokens) : null;

    public override bool TryRead(ReadOnlyMemory<byte> held, bool isLast)
    {
        int before = _read;
        while (!IsFull && !IsEnd)
        {
            MultipartEvent next = _reader.Read(held.Span[_read..], isLast, out int length);
            _read += length;
            if (next == MultipartEvent.NeedMore)
                return WantMore(held.Length, _read > before);
            if (!See(next, held))
                return false;
        }

        return true;
    }

    public override bool TryReadFile(ReadOnlyMemory<byte> held, bool isLast, out int length)
    {
        MultipartEvent next = _reader.Read(held.Span[_read..], isLast, out int more);
        (length, _read) = (_read + more, 0);
        if (next == MultipartEvent.Refused)
            return Found.Refuse(MultipartScan.CodeOf(_reader.Error));
        if (next == MultipartEvent.PartEnd)
            (File, _operation) = (null, -1);
        return true;
    }

    protected override bool TryContinue(int bytes)
    {
        (_read, _start) = (_read - bytes, _start - bytes);
        (File, _next) = (_next, null);
        return true;
    }

    private bool See(MultipartEvent next, ReadOnlyMemory<byte> held)
    {
        switch (next)
        {
            case MultipartEvent.Part:
                _start = Decided = _read;
                return Enter(_reader.Part!);
            case MultipartEvent.Content:
                return SeeContent(held);
            case MultipartEvent.PartEnd:
                return Leave(held);
            case MultipartEvent.End:
                (Decided, IsEnd) = (_read, true);
                return true;
            default:
                return Found.Refuse(MultipartScan.CodeOf(_reader.Error));
        }
    }

    private bool Enter(MultipartPart part)
    {
        (_operation, _isFile) = (-1, part.IsFile);
        Found.Plan.Multipart!.Match(Encoding.UTF8.GetBytes(part.Name), _selectors);
        // With an empty file name it is a file that nobody chose, and there is nothing in it. If there is, it is a file to some readers and a field to others.
        _isUnchosen = part is { FileName.Length: 0 } && _selectors.Count > 0;
        if (_isUnchosen)
            return true;
        int bindSlot = -1;
        foreach (int selector in _selectors)
        {
            if (!Found.Select(selector, ref _operation, ref bindSlot))
                return false;
        }

        return Found.JudgeGuards(_selectors, _operation);
    }

    private bool SeeContent(ReadOnlyMemory<byte> held)
    {
        if (_isUnchosen)
            return Found.Refuse(RefusalCode.AmbiguousMultipart);
        if (_operation < 0)
            Decided = _read;
        return _operation < 0 || !_isFile || _read - _start < FileStartBytes || BeginFile(held);
    }

    /// <summary>Ends a part that is held, or that nobody selected.</summary>
    private bool Leave(ReadOnlyMemory<byte> held)
    {
        int operation = _operation, length = _read - _start;
        _operation = -1;
        Decided = _read;
        if (_isUnchosen && length > 0)
            return Found.Refuse(RefusalCode.AmbiguousMultipart);
        if (operation < 0)
            return true;
        ReadOnlyMemory<byte> value = Copy(held.Slice(_start, length));
        if (!_isFile && !Utf8.IsValid(value.Span))
            return Found.Refuse(RefusalCode.MalformedText);
        return Found.Add(operation, _isFile ? FieldType.Bytes : FieldType.String, value, new FieldSite(_start, length, 0, false));
    }

    /// <summary>Judges a file of which only the beginning is there.</summary>
    private bool BeginFile(ReadOnlyMemory<byte> held)
    {
        FieldOperation operation = Found.Plan.Operations[_operation];
        bool isSealed = Found.Tokens.IsSealedFile(held.Span[_start.._read]);
        if (operation.JudgeFile(isSealed) is { } code)
            return Found.Refuse(code, operation.RuleId);
        if (operation.Action == FieldAction.Leave || (operation.Action == FieldAction.Decrypt && !isSealed))
            return Pass();
        if (!TryBuildContext(_operation, out ReadOnlyMemory<byte> context))
            return false;
        Decided = _start;
        _next = new StreamedFile(operation, context, Found.Marker);
        return true;
    }

    /// <summary>A file that stays as it is counts as one, and its content passes.</summary>
    private bool Pass()
    {
        bool added = Found.Add(_operation, FieldType.Bytes, default, new FieldSite(_start, 0, 0, false));
        (_operation, Decided) = (-1, _read);
        return added;
    }

    private Memory<byte> Copy(ReadOnlyMemory<byte> value)
    {
        Memory<byte> copy = Found.Arena.Take(value.Length);
        value.CopyTo(copy);
        return copy;
    }
}
