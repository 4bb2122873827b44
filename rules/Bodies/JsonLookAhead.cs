using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using E3.Relay.Rules.Selectors;

namespace E3.Relay.Rules.Bodies;

/// <summary>
/// Judges the steps that look ahead, over a tape of the value that they look at. All of it together may visit a limited number of values for one body, because a filter
/// inside of a filter visits them many times. Once the body is refused, every answer is no.
/// </summary>
internal sealed partial class JsonLookAhead
{
    private readonly JsonTape _tape = new();
    private readonly WildMembers _members = new();
    private SelectionBuilder? _found;
    private ReadOnlyMemory<byte> _window;
    private byte[] _left = [], _right = [];
    private bool _exactNames;
    private int _stepsLeft;

    internal JsonTape Tape => _tape;

    private bool IsRefused => _found!.Refusal is not null;

    internal void Begin(SelectionBuilder found) => (_found, _stepsLeft, _tape.Memory) = (found, found.Limits.LookAheadStepsMax, found.Limits.Memory);

    /// <summary>Reads an array or object at whose first token the reader stands.</summary>
    /// <returns>False when its end is not in the window, or the body is refused.</returns>
    internal bool TryRead(Utf8JsonReader reader, ReadOnlyMemory<byte> window)
    {
        _window = window;
        _members.Clear();
        try
        {
            return _tape.TryRead(ref reader) && Spend(_tape.Count);
        }
        catch (JsonException)
        {
            return _found!.Refuse(JsonScan.ReasonOf(reader, window.Span, _found.Limits.DepthMax));
        }
    }

    /// <summary>Whether a step leads to a child.</summary>
    /// <param name="looking">The step.</param>
    /// <param name="child">The child's node.</param>
    /// <param name="index">The child's index, -1 for a member.</param>
    /// <param name="count">The number of elements around it.</param>
    internal bool Leads(in JsonLookingStep looking, int child, long index, int count)
    {
        JsonPathStep step = looking.Step;
        _exactNames = looking.ExactNames;
        return step.Kind switch
        {
            JsonPathStepKind.Filter => Passes(step.Filter!, child) && !IsRefused,
            JsonPathStepKind.Index => index >= 0 && index == count + step.Index,
            _ => index >= 0 && step.Slice.Contains(index, count),
        };
    }

    /// <summary>The nodes that a query selects from a document that was read ahead whole: what the scan finds too, in another way.</summary>
    internal bool TrySelect(JsonPath path, bool exactNames, out HashSet<int> nodes)
    {
        _exactNames = exactNames;
        Nodes found = new() { Wanted = int.MaxValue, All = nodes = [] };
        Visit(path.Segments, 0, 0, ref found);
        return !IsRefused;
    }

    /// <summary>Clears what stood in decoded values.</summary>
    internal void End()
    {
        _tape.Release();
        _members.Clear();
        _patterns.Clear();
        Return(ref _left);
        Return(ref _right);
        (_found, _window) = (null, default);
    }

    private static void Return(ref byte[] buffer)
    {
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        buffer = [];
    }

    private bool Spend(int steps)
    {
        if (IsRefused)
            return false;
        _stepsLeft -= Math.Min(steps, _stepsLeft + 1);
        return _stepsLeft >= 0 || _found!.Refuse(RefusalCode.SelectorTooCostly);
    }

    private bool Passes(FilterExpression filter, int node)
    {
        if (!Spend(1))
            return false;
        switch (filter)
        {
            case FilterExpression.Any any:
                for (int i = 0; i < any.Terms.Count; i++)
                {
                    if (Passes(any.Terms[i], node))
                        return true;
                }

                return false;
            case FilterExpression.All all:
                for (int i = 0; i < all.Terms.Count; i++)
                {
                    if (!Passes(all.Terms[i], node))
                        return false;
                }

                return true;
            case FilterExpression.Not not:
                return !Passes(not.Term, node);
            case FilterExpression.Exists exists:
                return Select(exists.Query, node, 1).Count > 0;
            case FilterExpression.Compares compares:
                return Compare(Evaluate(compares.Left, node), compares.How, Evaluate(compares.Right, node));
            default:
                return Matches((FilterExpression.Matches)filter, node);
        }
    }

    private FilterValue Evaluate(FilterOperand operand, int node)
    {
        switch (operand)
        {
            case FilterOperand.Literal literal:
                return FilterValue.OfLiteral(literal.Type, literal.Utf8);
            case FilterOperand.Selected selected:
                Nodes one = Select(selected.Query, node, 1);
                return one.Count == 1 ? ValueOf(one.First) : FilterValue.Nothing;
            case FilterOperand.Only only:
                Nodes nodes = Select(only.Query, node, 2);
                return nodes.Count == 1 ? ValueOf(nodes.First) : FilterValue.Nothing;
            case FilterOperand.Count count:
                return FilterValue.OfInteger(Select(count.Query, node, int.MaxValue).Count);
            default:
                return Length(Evaluate(((FilterOperand.Length)operand).Of, node));
        }
    }

    private FilterValue ValueOf(int node) => FilterValue.OfNode(TypeOf(_tape[node].Kind), node);

    private static FieldType TypeOf(JsonTokenType kind) => kind switch
    {
        JsonTokenType.StartObject => FieldType.Object,
        JsonTokenType.StartArray => FieldType.Array,
        _ => JsonScan.TypeOf(kind),
    };

    /// <summary>RFC 9535, section 2.4.4.</summary>
    private FilterValue Length(FilterValue value)
    {
        if (value.Type == FieldType.String)
            return TryRead(value, ref _left, out ReadOnlySpan<byte> text) ? FilterValue.OfInteger(CountCharacters(text)) : FilterValue.Nothing;
        if (value.Type is not (FieldType.Array or FieldType.Object))
            return FilterValue.Nothing;
        return JudgeMembers(value.Node) ? FilterValue.OfInteger(_tape[value.Node].Count) : FilterValue.Nothing;
    }

    private static int CountCharacters(ReadOnlySpan<byte> utf8)
    {
        int characters = 0;
        foreach (byte value in utf8)
            characters += (value & 0xC0) == 0x80 ? 0 : 1;
        return characters;
    }

    /// <summary>The text of a scalar: a decoded string, or the source text.</summary>
    private bool TryRead(FilterValue value, ref byte[] scratch, out ReadOnlySpan<byte> text)
    {
        text = value.Literal.Span;
        if (value.Node >= 0)
        {
            ref JsonTapeNode node = ref _tape[value.Node];
            return TryDecode(node.Start, node.Length, node.IsEscaped, ref scratch, out text);
        }

        if (value.Type != FieldType.Number || !text.IsEmpty)
            return true;
        Grow(ref scratch, 16);
        Utf8Formatter.TryFormat(value.Integer, scratch, out int written);
        text = scratch.AsSpan(0, written);
        return true;
    }

    private static void Grow(ref byte[] scratch, int length)
    {
        if (scratch.Length >= length)
            return;
        Return(ref scratch);
        scratch = ArrayPool<byte>.Shared.Rent(length);
    }

    /// <summary>A string's or name's decoded text; what a reader could take for another text is refused.</summary>
    private bool TryDecode(int start, int length, bool isEscaped, ref byte[] scratch, out ReadOnlySpan<byte> text)
    {
        text = default;
        if (!Spend(1 + (length / 32)))
            return false;
        text = _window.Span.Slice(start, length);
        if (!isEscaped)
            return true;
        Grow(ref scratch, length);
        if (!JsonText.TryUnescape(text, scratch, out int written))
            return _found!.Refuse(RefusalCode.MalformedText);
        text = scratch.AsSpan(0, written);
        return true;
    }
}
