using System.Buffers;
using System.Numerics;
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
    private int _depth;

    private JsonScan(SelectionBuilder found, JsonFrames frames)
    {
        _found = found;
        _automaton = found.Plan.Json!;
        _frames = frames;
        _depth = -1;
        // One level more than is allowed, so that it is we who refuse it and not the reader.
        _reader = new Utf8JsonReader(found.Body.Span, new JsonReaderOptions { MaxDepth = found.Limits.DepthMax + 1 });
    }

    internal static bool TrySelect(SelectionBuilder found)
    {
        ReadOnlySpan<byte> body = found.Body.Span;
        if (!Utf8.IsValid(body) || body.StartsWith("\uFEFF"u8))
            return found.Refuse(RefusalCode.MalformedText);
        JsonAutomaton automaton = found.Plan.Json!;
        JsonFrames frames = automaton.RentFrames(found.Limits.DepthMax);
        try
        {
            return new JsonScan(found, frames).Run();
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
        _depth--;
        return true;
    }

    private bool EnterMember()
    {
        ReadOnlySpan<ulong> states = _frames.States(_depth);
        int folded = -1, exact = -1;
        bool named = _automaton.HasNameEdges(states);
        if ((named || _automaton.HasWildEdges(states)) && !TryReadName(states, named, out folded, out exact))
            return false;
        _automaton.StepToMember(states, folded, exact, _frames.States(_depth + 1));
        return true;
    }

    private bool TryReadName(ReadOnlySpan<ulong> states, bool named, out int folded, out int exact)
    {
        (folded, exact) = (-1, -1);
        ReadOnlyMemory<byte> name = _found.Body.Slice(checked((int)_reader.TokenStartIndex) + 1, _reader.ValueSpan.Length);
        if (_reader.ValueIsEscaped && (!TryUnescape(ref name) || !IsWhole(name.Span)))
            return false;
        if (named)
        {
            folded = _automaton.FoldedNames.Find(name.Span);
            exact = _automaton.ExactNames.Find(name.Span);
            if (_automaton.Names(states, folded, exact) && !SeeName(folded, exact))
                return _found.Refuse(RefusalCode.RepeatedMember);
        }

        if (_automaton.HasWildEdges(states) && !(_wildMembers ??= new WildMembers()).Add(_depth, _frames[_depth].Object, name))
            return _found.Refuse(RefusalCode.RepeatedMember);
        return true;
    }

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
        if (operation < 0 && !_automaton.HasEdges(_frames.States(_depth + 1)))
            return Skip();
        _depth++;
        _frames.Open(_depth, _reader.TokenType == JsonTokenType.StartArray, operation);
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
        ReadOnlyMemory<byte> value = _found.Body.Slice(start + quote, _reader.ValueSpan.Length);
        if (_reader.ValueIsEscaped && !TryUnescape(ref value))
            return false;
        if (bindSlot >= 0)
            _found.Bind(bindSlot, value, type != FieldType.Null);
        if (operation < 0 || type == FieldType.Null)
            return true;
        return _found.Add(operation, type, value, new FieldSite(start, _reader.ValueSpan.Length + (2 * quote), _reader.CurrentDepth, false));
    }

    /// <summary>Finds the operation of the value at which the reader stands: its own, or that of what is around it.</summary>
    private bool TryResolve(out int operation, out int bindSlot)
    {
        (operation, bindSlot) = (-1, -1);
        Span<ulong> states = _frames.States(_depth + 1);
        if (_depth >= 0)
        {
            ref JsonFrame frame = ref _frames[_depth];
            operation = frame.Operation;
            if (frame.IsArray)
                _automaton.StepToElement(_frames.States(_depth), frame.NextIndex++, states);
        }

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
