using System.Runtime.CompilerServices;

namespace E3.Relay.Rules.Xml;

/// <summary>
/// Remembers where the automaton went, from which states and by which name: documents say the same few names over and over, and a reader gives a name as the same instance each time.
/// For plans whose states are one word, which are nearly all.
/// </summary>
/// <param name="automaton">The automaton.</param>
/// <param name="isAscii">Whether all names are ASCII.</param>
internal sealed class XmlSteps(XmlAutomaton automaton, bool isAscii)
{
    private const int SlotBits = 6;

    private readonly Step[] _elements = new Step[1 << SlotBits];
    private Step[] _attributes = [];

    /// <summary>The states of a child element.</summary>
    /// <param name="states">The states of what it is in.</param>
    /// <param name="edges">The kinds of steps that those have.</param>
    /// <param name="name">Its local name as the reader gives it.</param>
    /// <param name="utf8">The same in the document.</param>
    /// <param name="known">Its namespace's number, or -1.</param>
    /// <param name="next">The kinds of steps that its states have.</param>
    internal ulong ToElement(ulong states, XmlEdges edges, string name, ReadOnlySpan<byte> utf8, int known, out XmlEdges next)
    {
        ref Step step = ref Slot(_elements, states, name);
        if (!step.Is(states, name, known))
        {
            step = new Step(states, name, known);
            (int folded, int exact) = (edges & XmlEdges.ElementNames) == 0 ? (-1, -1) : automaton.Find(utf8, isAscii);
            automaton.StepToElement(new ReadOnlySpan<ulong>(in step.From), folded, exact, known, new Span<ulong>(ref step.To));
            step.Edges = automaton.EdgesOf(new ReadOnlySpan<ulong>(in step.To));
        }

        next = step.Edges;
        return step.To;
    }

    /// <summary>The states of an attribute of the element that has these.</summary>
    internal ulong ToAttribute(ulong states, XmlEdges edges, string name, ReadOnlySpan<byte> utf8, int known)
    {
        if (_attributes.Length == 0)
            _attributes = new Step[1 << SlotBits];
        ref Step step = ref Slot(_attributes, states, name);
        if (!step.Is(states, name, known))
        {
            step = new Step(states, name, known);
            (int folded, int exact) = (edges & XmlEdges.AttributeNames) == 0 ? (-1, -1) : automaton.Find(utf8, isAscii);
            automaton.StepToAttribute(new ReadOnlySpan<ulong>(in step.From), folded, exact, known, new Span<ulong>(ref step.To));
        }

        return step.To;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref Step Slot(Step[] steps, ulong states, string name)
    {
        ulong mixed = states ^ ((ulong)name.Length << 40) ^ ((ulong)name[0] << 20) ^ name[^1];
        return ref steps[(int)(unchecked(mixed * 0x9E3779B97F4A7C15) >> (64 - SlotBits))];
    }

    private struct Step(ulong from, string name, int known)
    {
        internal readonly ulong From = from;
        internal ulong To;
        internal XmlEdges Edges;

        internal readonly bool Is(ulong states, string other, int otherKnown) => ReferenceEquals(name, other) && From == states && known == otherKnown;
    }
}
