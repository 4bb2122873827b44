using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace E3.Relay.Rules.Bodies;

/// <summary>One pass over a JSON body, for all selectors together.</summary>
internal ref struct JsonScan
{
    private readonly SelectionBuilder _found;
    private readonly JsonAutomaton _automaton;
    private readonly JsonFrames _frames;
    private Utf8JsonReader _reader;
    private WildMembers? _wildMembers;
    private readonly bool _isAscii;
    private int _depth;
    private bool _isNextDead;

    /// <summary>The object or array that is being read as one value: its depth (-1 for none), first byte and operation.</summary>
    private int _wholeDepth, _wholeStart, _wholeOperation;

    private JsonScan(SelectionBuilder found, JsonFrames frames, bool isAscii)
    {
        _isAscii = isAscii;
        _found = found;
        _automaton = found.Plan.Json!;
        _frames = frames;
        _depth = _wholeDepth = -1;
        // One level more than is allowed, so that it is we who refuse it and not the reader.
        _reader = new Utf8JsonReader(found.Body.Span, new JsonReaderOptions { MaxDepth = found.Limits.DepthMax + 1 });
    }

    internal static bool TrySelect(SelectionBuilder found)
    {
        ReadOnlySpan<byte> body = found.Body.Span;
        bool isAscii = Ascii.IsValid(body);
        if (!isAscii && (!Utf8.IsValid(body) || body.StartsWith("\uFEFF"u8)))
            return found.Refuse(RefusalCode.MalformedText);
        JsonAutomaton automaton = found.Plan.Json!;
        JsonFrames frames = automaton.RentFrames(found.Limits.DepthMax);
        try
        {
            return new JsonScan(found, frames, isAscii).Run();
        }
        catch (JsonException)
        {
            return found.Refuse(RefusalCode.MalformedBody);
        }
        finally
        {
            automaton.ReturnFrames(frames);
        }
    }

    private bool Run()
    {
        _automaton.Start.CopyTo(_frames.States(0));
        while (_reader.Read())
        {
            bool going = _reader.TokenType switch
            {
                JsonTokenType.PropertyName => EnterMember(),
                JsonTokenType.StartObject or JsonTokenType.StartArray => Open(),
                JsonTokenType.EndObject or JsonTokenType.EndArray => Close(),
                _ => ReadScalar(),
            };
            if (!going)
                return false;
        }

        return true;
    }

    private bool Close()
    {
        bool endsWhole = _depth == _wholeDepth;
        _depth--;
        return !endsWhole || AddWhole();
    }

    /// <summary>Adds the object or array at whose end the reader stands, byte by byte as it came.</summary>
    private bool AddWhole()
    {
        _wholeDepth = -1;
        int length = checked((int)_reader.TokenStartIndex) + 1 - _wholeStart;
        FieldType type = _reader.TokenType == JsonTokenType.EndObject ? FieldType.Object : FieldType.Array;
        return _found.Add(_wholeOperation, type, _found.Body.Slice(_wholeStart, length), new FieldSite(_wholeStart, length, _reader.CurrentDepth, false));
    }

    /// <summary>Finds the states of the member whose name was read; that most members have none is noted, so that nothing is done for them.</summary>
    private bool EnterMember()
    {
        ref JsonFrame frame = ref _frames[_depth];
        int folded = -1, exact = -1;
        if ((frame.Edges & (StateEdges.Name | StateEdges.Wild)) != 0 && !TryReadName(ref frame, out folded, out exact))
            return false;
        _isNextDead = folded < 0 && exact < 0 && (frame.Edges & (StateEdges.Wild | StateEdges.Descend)) == 0;
        if (!_isNextDead)
            _automaton.StepToMember(_frames.States(_depth), folded, exact, _frames.States(_depth + 1));
        return true;
    }

    private bool TryReadName(ref JsonFrame frame, out int folded, out int exact)
    {
        (folded, exact) = (-1, -1);
        ReadOnlySpan<byte> name = _reader.ValueSpan;
        ReadOnlyMemory<byte> decoded = default;
        if (_reader.ValueIsEscaped)
        {
            decoded = Slice(1, name.Length);
            if (!TryUnescape(ref decoded) || !IsWhole(decoded.Span))
                return false;
            name = decoded.Span;
        }

        if ((frame.Edges & StateEdges.Name) != 0)
        {
            folded = _automaton.FoldedNames.Find(name, _isAscii && !_reader.ValueIsEscaped);
            exact = _automaton.ExactNames.Find(name);
            if ((folded >= 0 || exact >= 0) && _automaton.Names(_frames.States(_depth), folded, exact) && !SeeName(folded, exact))
                return _found.Refuse(RefusalCode.RepeatedMember);
        }

        if ((frame.Edges & StateEdges.Wild) == 0)
            return true;
        _wildMembers ??= new WildMembers();
        return _wildMembers.Add(_depth, frame.Object, _reader.ValueIsEscaped ? decoded : Slice(1, name.Length)) || _found.Refuse(RefusalCode.RepeatedMember);
    }

    private readonly ReadOnlyMemory<byte> Slice(int offset, int length) => _found.Body.Slice(checked((int)_reader.TokenStartIndex) + offset, length);

    /// <summary>A name with NUL inside ends there for servers that keep it as a C string.</summary>
    private readonly bool IsWhole(ReadOnlySpan<byte> name) => !name.Contains((byte)0) || _found.Refuse(RefusalCode.MalformedText);

    private readonly bool SeeName(int folded, int exact)
    {
        bool isNew = folded < 0 || _frames.See(_depth, folded);
        return (exact < 0 || _frames.See(_depth, _automaton.FoldedNames.Count + exact)) && isNew;
    }

    private bool Open()
    {
        if (_reader.CurrentDepth >= _found.Limits.DepthMax)
            return _found.Refuse(RefusalCode.TooDeep);
        if (!TryResolve(out int operation, out int bindSlot))
            return false;
        if (bindSlot >= 0)
            _found.Bind(bindSlot, default, false);
        StateEdges edges = _isNextDead ? StateEdges.None : _automaton.EdgesOf(_frames.States(_depth + 1));
        if (operation < 0 && edges == StateEdges.None)
            return Skip();
        _depth++;
        if (operation >= 0 && _wholeDepth < 0 && _found.Plan.Operations[operation].Whole)
            (_wholeDepth, _wholeStart, _wholeOperation) = (_depth, checked((int)_reader.TokenStartIndex), operation);
        _frames.Open(_depth, _reader.TokenType == JsonTokenType.StartArray, edges, operation);
        return true;
    }

    private bool Skip()
    {
        int depth = _reader.CurrentDepth;
        do
        {
            _reader.Read();
            if (_reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray && _reader.CurrentDepth >= _found.Limits.DepthMax)
                return _found.Refuse(RefusalCode.TooDeep);
        }
        while (_reader.CurrentDepth > depth);
        return true;
    }

    private bool ReadScalar()
    {
        if (!TryResolve(out int operation, out int bindSlot))
            return false;
        if (operation < 0 && bindSlot < 0)
            return true;
        FieldType type = TypeOf(_reader.TokenType);
        int start = checked((int)_reader.TokenStartIndex), quote = type == FieldType.String ? 1 : 0;
        ReadOnlyMemory<byte> value = Slice(quote, _reader.ValueSpan.Length);
        if (_reader.ValueIsEscaped && !TryUnescape(ref value))
            return false;
        if (bindSlot >= 0)
            _found.Bind(bindSlot, value, type != FieldType.Null);
        if (operation < 0 || type == FieldType.Null || _wholeDepth >= 0)
            return true;
        return _found.Add(operation, type, value, new FieldSite(start, _reader.ValueSpan.Length + (2 * quote), _reader.CurrentDepth, false));
    }

    /// <summary>Finds the operation of the value at which the reader stands: its own, or that of what is around it.</summary>
    private bool TryResolve(out int operation, out int bindSlot)
    {
        (operation, bindSlot) = (-1, -1);
        if (_depth >= 0)
            EnterValue(out operation);
        if (_isNextDead)
            return true;
        ReadOnlySpan<ulong> states = _frames.States(_depth + 1);
        for (int w = 0; w < states.Length; w++)
        {
            for (ulong accepted = states[w] & _automaton.Accept[w]; accepted != 0; accepted &= accepted - 1)
            {
                int selector = _automaton.SelectorOf((w << 6) + BitOperations.TrailingZeroCount(accepted));
                if (!_found.Select(selector, ref operation, ref bindSlot))
                    return false;
            }
        }

        return true;
    }

    /// <summary>The operation of what is around the value and, in an array, the value's states.</summary>
    private void EnterValue(out int operation)
    {
        ref JsonFrame frame = ref _frames[_depth];
        operation = frame.Operation;
        if (!frame.IsArray)
            return;
        _isNextDead = (frame.Edges & (StateEdges.Index | StateEdges.Wild | StateEdges.Descend)) == 0;
        if (!_isNextDead)
            _automaton.StepToElement(_frames.States(_depth), frame.Edges, frame.NextIndex++, _frames.States(_depth + 1));
    }

    private readonly bool TryUnescape(ref ReadOnlyMemory<byte> text)
    {
        Memory<byte> decoded = _found.Arena.Take(text.Length);
        if (!JsonText.TryUnescape(text.Span, decoded.Span, out int written))
            return _found.Refuse(RefusalCode.MalformedText);
        _found.Arena.GiveBack(text.Length - written);
        text = decoded[..written];
        return true;
    }

    private static FieldType TypeOf(JsonTokenType token) => token switch
    {
        JsonTokenType.String => FieldType.String,
        JsonTokenType.Number => FieldType.Number,
        JsonTokenType.Null => FieldType.Null,
        _ => FieldType.Boolean,
    };
}
