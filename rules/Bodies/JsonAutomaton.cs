using System.Runtime.CompilerServices;
using E3.Relay.Rules.Names;
using E3.Relay.Rules.Selectors;

namespace E3.Relay.Rules.Bodies;

/// <summary>
/// All selectors of a plan as one nondeterministic automaton. Each selector is a chain of states, one after each segment; the states of a node are a set of bits,
/// and one step to a child is a mask, a shift, and the bits that stay because their segment descends. Slices and steps that look ahead are judged one by one; otherwise the cost of a member does not depend on the number of selectors
/// until their states fill another word.
/// </summary>
internal sealed class JsonAutomaton
{
    private readonly ulong[] _wild, _descend, _nameEdges, _indexEdges, _sliceEdges, _backEdges, _filterEdges;
    private readonly ulong[] _folded, _exact, _indexed;
    private readonly long[] _indices;
    private readonly List<(JsonPathSlice Slice, int State)> _slices = [];
    private readonly List<JsonLookingStep> _lookingSteps = [];
    private readonly int[] _selectorOfState;
    private JsonBodyScan? _spare;

    internal JsonAutomaton(IReadOnlyList<(JsonPath Path, bool ExactNames)> selectors)
    {
        int states = selectors.Sum(selector => selector.Path.Segments.Count + 1);
        Words = (states + 63) / 64;
        (Start, Accept) = (new ulong[Words], new ulong[Words]);
        (_wild, _descend, _nameEdges, _indexEdges) = (new ulong[Words], new ulong[Words], new ulong[Words], new ulong[Words]);
        (_sliceEdges, _backEdges, _filterEdges) = (new ulong[Words], new ulong[Words], new ulong[Words]);
        _selectorOfState = new int[states];
        NameTable.Builder folded = new(false), exact = new(true);
        foreach ((JsonPath path, bool exactNames) in selectors)
            AddNames(path, exactNames ? exact : folded);
        (FoldedNames, ExactNames) = (folded.Build(), exact.Build());
        _folded = new ulong[FoldedNames.Count * Words];
        _exact = new ulong[ExactNames.Count * Words];
        _indices = [.. selectors.SelectMany(s => s.Path.Segments).SelectMany(s => s.Steps).Where(s => s.Kind == JsonPathStepKind.Index && !s.LooksAhead).Select(s => s.Index).Distinct().Order()];
        _indexed = new ulong[_indices.Length * Words];
        int state = 0;
        for (int i = 0; i < selectors.Count; i++)
            AddChain(i, selectors[i], selectors[i].ExactNames ? _exact : _folded, selectors[i].ExactNames ? exact : folded, ref state);
        NeedsDocument = _lookingSteps.Exists(looking => looking.Step.Filter is { } filter && FilterScope.NeedsDocument(filter));
    }

    /// <summary>The number of 64-bit words in a set of states.</summary>
    internal int Words { get; }

    internal ulong[] Start { get; }

    internal ulong[] Accept { get; }

    internal NameTable FoldedNames { get; }

    internal NameTable ExactNames { get; }

    /// <summary>The steps that look ahead.</summary>
    internal IReadOnlyList<JsonLookingStep> LookingSteps => _lookingSteps;

    /// <summary>Whether a filter asks for something anywhere in the document.</summary>
    internal bool NeedsDocument { get; }

    /// <summary>The number of words in which the names of one object are noted.</summary>
    internal int NameWords => (FoldedNames.Count + ExactNames.Count + 63) / 64;

    /// <summary>A scan for one body; give it back afterwards.</summary>
    internal JsonBodyScan RentScan(int depthMax)
    {
        JsonBodyScan? spare = Interlocked.Exchange(ref _spare, null);
        return spare?.DepthMax == depthMax ? spare : new JsonBodyScan(new JsonScan(this, depthMax));
    }

    internal void ReturnScan(JsonBodyScan scan) => _spare = scan;

    internal int SelectorOf(int state) => _selectorOfState[state];

    /// <summary>The kinds of steps that these states have.</summary>
    internal StateEdges EdgesOf(ReadOnlySpan<ulong> states) =>
        (Meets(states, _nameEdges) ? StateEdges.Name : 0) | (Meets(states, _indexEdges) ? StateEdges.Index : 0)
        | (Meets(states, _wild) ? StateEdges.Wild : 0) | (Meets(states, _descend) ? StateEdges.Descend : 0)
        | (_slices.Count > 0 && Meets(states, _sliceEdges) ? StateEdges.Slice : 0) | (_lookingSteps.Count > 0 ? EdgesAhead(states) : 0);

    private StateEdges EdgesAhead(ReadOnlySpan<ulong> states) =>
        (Meets(states, _backEdges) ? StateEdges.Back : 0) | (Meets(states, _filterEdges) ? StateEdges.Filter : 0);

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

        if ((edges & StateEdges.Slice) == 0)
            return;
        foreach ((JsonPathSlice slice, int state) in _slices)
        {
            if (slice.Contains(index))
                Follow(states, state, next);
        }
    }

    /// <summary>Adds the state that follows a state, if that is one of <paramref name="states"/>.</summary>
    internal static void Follow(ReadOnlySpan<ulong> states, int state, Span<ulong> next)
    {
        if (Has(states, state))
            next[(state + 1) >> 6] |= 1UL << ((state + 1) & 63);
    }

    internal static bool Has(ReadOnlySpan<ulong> states, int state) => (states[state >> 6] & (1UL << (state & 63))) != 0;

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
                    names.Add(step.Name!.Text);
            }
        }
    }

    private void AddChain(int selector, (JsonPath Path, bool ExactNames) added, ulong[] nameMasks, NameTable.Builder names, ref int state)
    {
        Set(Start, 0, state);
        foreach (JsonPathSegment segment in added.Path.Segments)
        {
            if (segment.Descends)
                Set(_descend, 0, state);
            foreach (JsonPathStep step in segment.Steps)
                AddEdge(step, added.ExactNames, nameMasks, names, state);
            state++;
        }

        Set(Accept, 0, state);
        _selectorOfState[state++] = selector;
    }

    private void AddEdge(JsonPathStep step, bool exactNames, ulong[] nameMasks, NameTable.Builder names, int state)
    {
        if (step.LooksAhead)
        {
            Set(step.Kind == JsonPathStepKind.Filter ? _filterEdges : _backEdges, 0, state);
            _lookingSteps.Add(new JsonLookingStep(step, exactNames, state));
            return;
        }

        switch (step.Kind)
        {
            case JsonPathStepKind.Wildcard:
                Set(_wild, 0, state);
                break;
            case JsonPathStepKind.Index:
                Set(_indexEdges, 0, state);
                Set(_indexed, Array.BinarySearch(_indices, step.Index), state);
                break;
            case JsonPathStepKind.Slice:
                Set(_sliceEdges, 0, state);
                _slices.Add((step.Slice, state));
                break;
            default:
                Set(_nameEdges, 0, state);
                Set(nameMasks, names.Add(step.Name!.Text), state);
                break;
        }
    }

    private void Set(ulong[] masks, int row, int state) => masks[(row * Words) + (state >> 6)] |= 1UL << (state & 63);
}
