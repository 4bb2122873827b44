using System.Runtime.CompilerServices;
using E3.Relay.Rules.Names;
using E3.Relay.Rules.Selectors;

namespace E3.Relay.Rules.Bodies;

/// <summary>
/// All selectors of a plan as one nondeterministic automaton. Each selector is a chain of states, one after each segment; the states of a node are a set of bits,
/// and one step to a child is a mask, a shift, and the bits that stay because their segment descends. So the cost of a member does not depend on the number of selectors
/// until their states fill another word.
/// </summary>
internal sealed class JsonAutomaton
{
    private readonly ulong[] _wild, _descend, _nameEdges, _indexEdges;
    private readonly ulong[] _folded, _exact, _indexed;
    private readonly long[] _indices;
    private readonly int[] _selectorOfState;
    private JsonFrames? _spare;

    internal JsonAutomaton(IReadOnlyList<(JsonPath Path, bool ExactNames)> selectors)
    {
        int states = selectors.Sum(selector => selector.Path.Segments.Count + 1);
        Words = (states + 63) / 64;
        (Start, Accept) = (new ulong[Words], new ulong[Words]);
        (_wild, _descend, _nameEdges, _indexEdges) = (new ulong[Words], new ulong[Words], new ulong[Words], new ulong[Words]);
        _selectorOfState = new int[states];
        NameTable.Builder folded = new(false), exact = new(true);
        foreach ((JsonPath path, bool exactNames) in selectors)
            AddNames(path, exactNames ? exact : folded);
        (FoldedNames, ExactNames) = (folded.Build(), exact.Build());
        _folded = new ulong[FoldedNames.Count * Words];
        _exact = new ulong[ExactNames.Count * Words];
        _indices = [.. selectors.SelectMany(s => s.Path.Segments).SelectMany(s => s.Steps).Where(s => s.Kind == JsonPathStepKind.Index).Select(s => s.Index).Distinct().Order()];
        _indexed = new ulong[_indices.Length * Words];
        int state = 0;
        for (int i = 0; i < selectors.Count; i++)
            AddChain(i, selectors[i].Path, selectors[i].ExactNames ? _exact : _folded, selectors[i].ExactNames ? exact : folded, ref state);
    }

    /// <summary>The number of 64-bit words in a set of states.</summary>
    internal int Words { get; }

    internal ulong[] Start { get; }

    internal ulong[] Accept { get; }

    internal NameTable FoldedNames { get; }

    internal NameTable ExactNames { get; }

    /// <summary>Frames for one body; give them back afterwards.</summary>
    internal JsonFrames RentFrames(int depthMax)
    {
        JsonFrames? spare = Interlocked.Exchange(ref _spare, null);
        return spare?.DepthMax == depthMax ? spare : new JsonFrames(depthMax, Words, (FoldedNames.Count + ExactNames.Count + 63) / 64);
    }

    internal void ReturnFrames(JsonFrames frames) => _spare = frames;

    internal int SelectorOf(int state) => _selectorOfState[state];

    /// <summary>The kinds of steps that these states have.</summary>
    internal StateEdges EdgesOf(ReadOnlySpan<ulong> states) =>
        (Meets(states, _nameEdges) ? StateEdges.Name : 0) | (Meets(states, _indexEdges) ? StateEdges.Index : 0)
        | (Meets(states, _wild) ? StateEdges.Wild : 0) | (Meets(states, _descend) ? StateEdges.Descend : 0);

    /// <summary>Whether a step from these states names the member.</summary>
    internal bool Names(ReadOnlySpan<ulong> states, int folded, int exact) =>
        (folded >= 0 && Meets(states, _folded.AsSpan(folded * Words, Words))) || (exact >= 0 && Meets(states, _exact.AsSpan(exact * Words, Words)));

    /// <summary>The states of a member.</summary>
    /// <param name="states">The states of the object.</param>
    /// <param name="folded">The member's number in <see cref="FoldedNames"/>, or -1.</param>
    /// <param name="exact">The member's number in <see cref="ExactNames"/>, or -1.</param>
    /// <param name="next">Receives the states.</param>
    internal void StepToMember(ReadOnlySpan<ulong> states, int folded, int exact, Span<ulong> next)
    {
        ulong carry = 0;
        for (int w = 0; w < states.Length; w++)
        {
            ulong mask = _wild[w];
            if (folded >= 0)
                mask |= _folded[(folded * states.Length) + w];
            if (exact >= 0)
                mask |= _exact[(exact * states.Length) + w];
            next[w] = Shift(states[w] & mask, ref carry) | (states[w] & _descend[w]);
        }
    }

    /// <summary>The states of an element.</summary>
    internal void StepToElement(ReadOnlySpan<ulong> states, StateEdges edges, long index, Span<ulong> next)
    {
        int known = (edges & StateEdges.Index) != 0 ? Array.BinarySearch(_indices, index) : -1;
        ulong carry = 0;
        for (int w = 0; w < states.Length; w++)
        {
            ulong mask = known >= 0 ? _wild[w] | _indexed[(known * states.Length) + w] : _wild[w];
            next[w] = Shift(states[w] & mask, ref carry) | (states[w] & _descend[w]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Shift(ulong bits, ref ulong carry)
    {
        ulong shifted = (bits << 1) | carry;
        carry = bits >> 63;
        return shifted;
    }

    private static bool Meets(ReadOnlySpan<ulong> states, ReadOnlySpan<ulong> mask)
    {
        ulong common = 0;
        for (int w = 0; w < states.Length; w++)
            common |= states[w] & mask[w];
        return common != 0;
    }

    private static void AddNames(JsonPath path, NameTable.Builder names)
    {
        foreach (JsonPathSegment segment in path.Segments)
        {
            foreach (JsonPathStep step in segment.Steps)
            {
                if (step.Kind == JsonPathStepKind.Name)
                    names.Add(step.Name);
            }
        }
    }

    private void AddChain(int selector, JsonPath path, ulong[] nameMasks, NameTable.Builder names, ref int state)
    {
        Set(Start, 0, state);
        foreach (JsonPathSegment segment in path.Segments)
        {
            if (segment.Descends)
                Set(_descend, 0, state);
            foreach (JsonPathStep step in segment.Steps)
                AddEdge(step, nameMasks, names, state);
            state++;
        }

        Set(Accept, 0, state);
        _selectorOfState[state++] = selector;
    }

    private void AddEdge(JsonPathStep step, ulong[] nameMasks, NameTable.Builder names, int state)
    {
        switch (step.Kind)
        {
            case JsonPathStepKind.Wildcard:
                Set(_wild, 0, state);
                break;
            case JsonPathStepKind.Index:
                Set(_indexEdges, 0, state);
                Set(_indexed, Array.BinarySearch(_indices, step.Index), state);
                break;
            default:
                Set(_nameEdges, 0, state);
                Set(nameMasks, names.Add(step.Name), state);
                break;
        }
    }

    private void Set(ulong[] masks, int row, int state) => masks[(row * Words) + (state >> 6)] |= 1UL << (state & 63);
}
