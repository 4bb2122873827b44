using System.Runtime.CompilerServices;
using E3.Relay.Rules.Names;

namespace E3.Relay.Rules.Xml;

/// <summary>
/// All paths of a plan as one nondeterministic automaton, as for JSON: each path is a chain of states, one after each step, and the states of a node are a set of bits.
/// A step is taken where its name test and its namespace test hold; each is a mask of the states that it leads on from.
/// </summary>
internal sealed class XmlAutomaton
{
    private readonly ulong[] _texts, _descend, _anyElement, _anyAttribute, _namedElement, _namedAttribute;
    private readonly ulong[] _foldedElements, _foldedAttributes, _exactElements, _exactAttributes;
    private readonly ulong[] _namespaces, _elementNamespaces, _otherNamespaces;
    private readonly int[] _selectorOfState;
    private readonly List<string> _uris = ["", .. XmlNamespaces.Reserved];

    internal XmlAutomaton(IReadOnlyList<XmlSelector> selectors)
    {
        Words = (selectors.Sum(selector => selector.Path.Alternatives.Sum(steps => steps.Count + 1)) + 63) / 64;
        (Start, Accept) = (new ulong[Words], new ulong[Words]);
        (_texts, _descend) = (new ulong[Words], new ulong[Words]);
        (_anyElement, _anyAttribute, _namedElement, _namedAttribute) = (new ulong[Words], new ulong[Words], new ulong[Words], new ulong[Words]);
        _selectorOfState = new int[Words * 64];
        NameTable.Builder folded = new(false), exact = new(true);
        foreach (XmlSelector selector in selectors)
            AddNames(selector, selector.ExactNames ? exact : folded);
        (FoldedNames, ExactNames, Namespaces) = (folded.Build(), exact.Build(), BuildNamespaces());
        (_foldedElements, _foldedAttributes) = (new ulong[FoldedNames.Count * Words], new ulong[FoldedNames.Count * Words]);
        (_exactElements, _exactAttributes) = (new ulong[ExactNames.Count * Words], new ulong[ExactNames.Count * Words]);
        (_namespaces, _elementNamespaces, _otherNamespaces) = (new ulong[Namespaces.Count * Words], new ulong[Namespaces.Count * Words], new ulong[Words]);
        int state = 0;
        for (int i = 0; i < selectors.Count; i++)
        {
            foreach (IReadOnlyList<XmlPathStep> steps in selectors[i].Path.Alternatives)
                AddChain(i, selectors[i], steps, selectors[i].ExactNames ? exact : folded, ref state);
        }
    }

    /// <summary>The number of 64-bit words in a set of states.</summary>
    internal int Words { get; }

    /// <summary>The states of the document, of which the root element is a child.</summary>
    internal ulong[] Start { get; }

    internal ulong[] Accept { get; }

    internal NameTable FoldedNames { get; }

    internal NameTable ExactNames { get; }

    /// <summary>The namespaces that the selectors speak of, the absent one among them.</summary>
    internal NameTable Namespaces { get; }

    internal int SelectorOf(int state) => _selectorOfState[state];

    /// <summary>The numbers of a local name in <see cref="FoldedNames"/> and <see cref="ExactNames"/>; -1 where it is not in one.</summary>
    internal (int Folded, int Exact) Find(ReadOnlySpan<byte> name, bool isAscii) => (FoldedNames.Find(name, isAscii), ExactNames.Find(name));

    /// <summary>The kinds of steps that these states have.</summary>
    internal XmlEdges EdgesOf(ReadOnlySpan<ulong> states)
    {
        XmlEdges edges = XmlEdges.None;
        for (int w = 0; w < states.Length; w++)
        {
            ulong bits = states[w];
            edges |= ((bits & _namedElement[w]) != 0 ? XmlEdges.ElementNames : 0) | ((bits & _anyElement[w]) != 0 ? XmlEdges.AnyElement : 0)
                | ((bits & _descend[w]) != 0 ? XmlEdges.Descend : 0) | ((bits & _namedAttribute[w]) != 0 ? XmlEdges.AttributeNames : 0)
                | ((bits & _anyAttribute[w]) != 0 ? XmlEdges.AnyAttribute : 0) | ((bits & _texts[w]) != 0 ? XmlEdges.Text : 0)
                | ((bits & Accept[w]) != 0 ? XmlEdges.Accepts : 0);
        }

        return edges;
    }

    /// <summary>The states of a child element.</summary>
    /// <param name="states">The states of what it is in.</param>
    /// <param name="folded">Its local name's number in <see cref="FoldedNames"/>, or -1.</param>
    /// <param name="exact">Its local name's number in <see cref="ExactNames"/>, or -1.</param>
    /// <param name="known">Its namespace's number in <see cref="Namespaces"/>, or -1.</param>
    /// <param name="next">Receives the states.</param>
    /// <returns>Whether there are any.</returns>
    internal bool StepToElement(ReadOnlySpan<ulong> states, int folded, int exact, int known, Span<ulong> next)
    {
        ulong carry = 0, all = 0;
        for (int w = 0; w < states.Length; w++)
        {
            ulong mask = _anyElement[w] | Row(_foldedElements, folded, w) | Row(_exactElements, exact, w);
            next[w] = Shift(states[w] & mask & InNamespace(_elementNamespaces, known, w), ref carry) | (states[w] & _descend[w]);
            all |= next[w];
        }

        return all != 0;
    }

    /// <summary>The states of an attribute of the element that has these.</summary>
    internal void StepToAttribute(ReadOnlySpan<ulong> states, int folded, int exact, int known, Span<ulong> next)
    {
        ulong carry = 0;
        for (int w = 0; w < states.Length; w++)
        {
            ulong mask = _anyAttribute[w] | Row(_foldedAttributes, folded, w) | Row(_exactAttributes, exact, w);
            next[w] = Shift(states[w] & mask & InNamespace(_namespaces, known, w), ref carry);
        }
    }

    /// <summary>The states of a text of the element that has these.</summary>
    internal void StepToText(ReadOnlySpan<ulong> states, Span<ulong> next)
    {
        ulong carry = 0;
        for (int w = 0; w < states.Length; w++)
            next[w] = Shift(states[w] & _texts[w], ref carry);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong Row(ulong[] masks, int row, int word) => row < 0 ? 0 : masks[(row * Words) + word];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong InNamespace(ulong[] namespaces, int known, int word) => known < 0 ? _otherNamespaces[word] : namespaces[(known * Words) + word];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Shift(ulong bits, ref ulong carry)
    {
        ulong shifted = (bits << 1) | carry;
        carry = bits >> 63;
        return shifted;
    }

    private void AddNames(XmlSelector selector, NameTable.Builder names)
    {
        _uris.AddRange(selector.Path.Declared.Except(_uris));
        foreach (XmlPathStep step in selector.Path.Alternatives.SelectMany(steps => steps))
        {
            if (step.Name is { } name)
                names.Add(name);
            if (step.Namespace is { } uri && !_uris.Contains(uri))
                _uris.Add(uri);
        }
    }

    private NameTable BuildNamespaces()
    {
        NameTable.Builder builder = new(true);
        foreach (string uri in _uris)
            builder.Add(uri);
        return builder.Build();
    }

    private void AddChain(int number, XmlSelector selector, IReadOnlyList<XmlPathStep> steps, NameTable.Builder names, ref int state)
    {
        Set(Start, 0, state);
        for (int i = 0; i < steps.Count; i++, state++)
        {
            if (steps[i].Descends)
                Set(_descend, 0, state);
            AddNamespaces(selector, steps[i], state);
            int name = steps[i].Name is { } text ? names.Add(text) : -1;
            // Some readers bind an attribute to what a rule knows as an element, and the other way round.
            bool isEither = i == steps.Count - 1 && name >= 0 && !selector.ExactNames;
            if (steps[i].Kind == XmlPathStepKind.Text)
                Set(_texts, 0, state);
            if (steps[i].Kind == XmlPathStepKind.Element || isEither)
                AddEdge(_namedElement, _anyElement, selector.ExactNames ? _exactElements : _foldedElements, name, state);
            if (steps[i].Kind == XmlPathStepKind.Attribute || isEither)
                AddEdge(_namedAttribute, _anyAttribute, selector.ExactNames ? _exactAttributes : _foldedAttributes, name, state);
        }

        Set(Accept, 0, state);
        _selectorOfState[state++] = number;
    }

    private void AddEdge(ulong[] named, ulong[] any, ulong[] names, int name, int state)
    {
        Set(name < 0 ? any : named, 0, state);
        if (name >= 0)
            Set(names, name, state);
    }

    /// <summary>Where names are read as servers read them, a namespace that the rule does not declare is no other than the one that the step wants.</summary>
    private void AddNamespaces(XmlSelector selector, XmlPathStep step, int state)
    {
        if (step.Namespace is null || !selector.ExactNames)
            Set(_otherNamespaces, 0, state);
        for (int known = 0; known < _uris.Count; known++)
        {
            string uri = _uris[known];
            if (step.Namespace is null || step.Namespace == uri || (!selector.ExactNames && !selector.Path.IsDeclared(uri)))
                Set(_namespaces, known, state);
            // What the reserved namespaces say of a document they say in attributes; an element in one of them is any other.
            if (step.Namespace is null || step.Namespace == uri || (!selector.ExactNames && !selector.Path.Declared.Contains(uri)))
                Set(_elementNamespaces, known, state);
        }
    }

    private void Set(ulong[] masks, int row, int state) => masks[(row * Words) + (state >> 6)] |= 1UL << (state & 63);
}
