using System.Buffers;
using System.Numerics;
using System.Text.Json;

namespace E3.Relay.Rules.Bodies;

/// <summary>The values at which the scan comes by.</summary>
internal sealed partial class JsonScan
{
    private bool ReadScalar(ref Utf8JsonReader reader)
    {
        if (!TryResolve(out int operation, out int bindSlot))
            return false;
        if (operation < 0 && bindSlot < 0)
            return true;
        FieldType type = TypeOf(reader.TokenType);
        int quote = type == FieldType.String ? 1 : 0;
        ReadOnlyMemory<byte> value = Source(ref reader, quote, reader.ValueSpan.Length);
        if (!reader.ValueIsEscaped)
            value = Keep(value);
        else if (!TryUnescape(ref value))
            return false;
        if (bindSlot >= 0)
            _found.Bind(bindSlot, value, type != FieldType.Null);
        if (operation < 0 || type == FieldType.Null || _wholeDepth >= 0)
            return true;
        FieldSite site = new(_origin + (int)reader.TokenStartIndex, reader.ValueSpan.Length + (2 * quote), reader.CurrentDepth, false);
        return _found.Add(operation, type, value, site);
    }

    /// <summary>Finds the operation of the value at which the reader stands: its own, or that of what is around it.</summary>
    private bool TryResolve(out int operation, out int bindSlot)
    {
        (operation, bindSlot) = (-1, -1);
        if (_depth >= 0 && !EnterValue(out operation))
            return false;
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
    private bool EnterValue(out int operation)
    {
        ref JsonFrame frame = ref _frames[_depth];
        operation = frame.Operation;
        if (!frame.IsArray)
            return true;
        EnterNode(ref frame);
        _isNextDead = (frame.Edges & ~StateEdges.Name) == 0;
        if (_isNextDead)
            return true;
        long index = frame.NextIndex++;
        _automaton.StepToElement(_frames.States(_depth), frame.Edges, index, _frames.States(_depth + 1));
        return (frame.Edges & LooksAhead) == 0 || LookAhead(ref frame, index);
    }

    private bool TryUnescape(ref ReadOnlyMemory<byte> text)
    {
        Memory<byte> decoded = _found.Arena.Take(text.Length);
        if (!JsonText.TryUnescape(text.Span, decoded.Span, out int written))
            return _found.Refuse(RefusalCode.MalformedText);
        _found.Arena.GiveBack(text.Length - written);
        text = decoded[..written];
        return true;
    }

    internal static FieldType TypeOf(JsonTokenType token) => token switch
    {
        JsonTokenType.String => FieldType.String,
        JsonTokenType.Number => FieldType.Number,
        JsonTokenType.Null => FieldType.Null,
        _ => FieldType.Boolean,
    };

    /// <summary>Adds the object or array at whose end the reader stands, byte by byte as it came.</summary>
    private bool AddWhole(ref Utf8JsonReader reader)
    {
        _wholeDepth = -1;
        int end = (int)reader.TokenStartIndex + 1, start = Math.Max(_wholeStart - _origin, 0);
        ReadOnlyMemory<byte> value = Keep(_window[start..end]);
        if (_wholeBytes is { WrittenCount: > 0 } before)
            value = Join(before, value);
        FieldType type = reader.TokenType == JsonTokenType.EndObject ? FieldType.Object : FieldType.Array;
        return _found.Add(_wholeOperation, type, value, new FieldSite(_wholeStart, value.Length, reader.CurrentDepth, false));
    }

    private Memory<byte> Join(ArrayBufferWriter<byte> before, ReadOnlyMemory<byte> rest)
    {
        Memory<byte> joined = _found.Arena.Take(before.WrittenCount + rest.Length);
        before.WrittenMemory.CopyTo(joined);
        rest.CopyTo(joined[before.WrittenCount..]);
        before.Clear();
        return joined;
    }

    /// <summary>Bytes of the token at which the reader stands.</summary>
    private ReadOnlyMemory<byte> Source(ref Utf8JsonReader reader, int offset, int length) => _window.Slice((int)reader.TokenStartIndex + offset, length);

    /// <summary>Bytes of the window that are good after it is gone.</summary>
    private ReadOnlyMemory<byte> Keep(ReadOnlyMemory<byte> source)
    {
        if (!_copies)
            return source;
        Memory<byte> copy = _found.Arena.Take(source.Length);
        source.CopyTo(copy);
        return copy;
    }
}
