using System.Text;
using E3.Relay.Rules.Names;

namespace E3.Relay.Rules.Xml;

/// <summary>Decides whether two XPath selectors meet, as far as that follows from the selectors alone.</summary>
internal static class XmlOverlap
{
    /// <summary>
    /// Whether some node is selected by both, or one selects an element and the other something inside of it that is no attribute: an element's attributes are not part of its value.
    /// What lies between the nodes of a descending step, and what an expression selects, depends on the document and is left to it.
    /// </summary>
    internal static bool Meet(XmlPath a, bool exactA, XmlPath b, bool exactB) =>
        a.Alternatives.Any(first => b.Alternatives.Any(second => new Pair(new(a, exactA), first, new(b, exactB), second).Meets()));

    private sealed class Pair(XmlSelector a, IReadOnlyList<XmlPathStep> stepsA, XmlSelector b, IReadOnlyList<XmlPathStep> stepsB)
    {
        internal bool Meets()
        {
            if (Intersects(stepsA.Count, stepsB.Count))
                return true;
            if (stepsB[^1].Kind != XmlPathStepKind.Attribute && Enumerable.Range(1, stepsB.Count - 1).Any(length => Intersects(stepsA.Count, length)))
                return true;
            return stepsA[^1].Kind != XmlPathStepKind.Attribute && Enumerable.Range(1, stepsA.Count - 1).Any(length => Intersects(length, stepsB.Count));
        }

        private bool Intersects(int lengthA, int lengthB)
        {
            HashSet<(int, int)> seen = [];
            Stack<(int I, int J)> open = new([(0, 0)]);
            while (open.TryPop(out (int I, int J) at))
            {
                if (at == (lengthA, lengthB))
                    return true;
                if (!seen.Add(at))
                    continue;
                bool more = at.I < lengthA && at.J < lengthB;
                if (more && CanMatchTogether(at.I, at.J))
                    open.Push((at.I + 1, at.J + 1));
                if (more && stepsB[at.J].Descends)
                    open.Push((at.I + 1, at.J));
                if (more && stepsA[at.I].Descends)
                    open.Push((at.I, at.J + 1));
            }

            return false;
        }

        private bool CanMatchTogether(int i, int j)
        {
            XmlPathStep first = stepsA[i], second = stepsB[j];
            return (CanBe(a, stepsA, i, second.Kind) || CanBe(b, stepsB, j, first.Kind)) && AreNamesEqual(first.Name, second.Name) && DoNamespacesMeet(first.Namespace, second.Namespace);
        }

        /// <summary>Where names are read as servers read them, the last name is that of an element or of an attribute.</summary>
        private static bool CanBe(XmlSelector selector, IReadOnlyList<XmlPathStep> steps, int step, XmlPathStepKind kind) =>
            steps[step].Kind == kind || (!selector.ExactNames && step == steps.Count - 1 && steps[step].Name is not null && kind != XmlPathStepKind.Text);

        private bool AreNamesEqual(string? first, string? second)
        {
            if (first is null || second is null || first == second)
                return true;
            return !(a.ExactNames && b.ExactNames)
                && NameFold.Fold(Encoding.UTF8.GetBytes(first)).AsSpan().SequenceEqual(NameFold.Fold(Encoding.UTF8.GetBytes(second)));
        }

        /// <summary>That both would take a name in a namespace that neither rule declares is left to the document.</summary>
        private bool DoNamespacesMeet(string? first, string? second) =>
            first is null || second is null || first == second
            || (!b.ExactNames && !b.Path.IsDeclared(first)) || (!a.ExactNames && !a.Path.IsDeclared(second));
    }
}
