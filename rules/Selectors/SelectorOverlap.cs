using System.Text;
using E3.Relay.Rules.Names;

namespace E3.Relay.Rules.Selectors;

/// <summary>Decides whether two selectors meet, as far as that follows from the selectors alone.</summary>
internal static class SelectorOverlap
{
    /// <summary>
    /// Whether some node is selected by both, or a beginning of one selector, whose nodes are ancestors of what the whole selects, meets the other.
    /// What lies between the nodes of a descending segment, what a filter takes, and what is counted from the end depends on the body and is left to it.
    /// </summary>
    internal static bool Meet(JsonPath a, bool exactA, JsonPath b, bool exactB)
    {
        bool exact = exactA && exactB;
        for (int length = 0; length <= a.Segments.Count; length++)
        {
            if (Intersect(a.Segments, length, b.Segments, b.Segments.Count, exact))
                return true;
        }

        for (int length = 0; length < b.Segments.Count; length++)
        {
            if (Intersect(a.Segments, a.Segments.Count, b.Segments, length, exact))
                return true;
        }

        return false;
    }

    /// <summary>Whether two selectors surely do not meet, as they begin with different names.</summary>
    internal static bool AreApart(JsonPath a, bool exactA, JsonPath b, bool exactB) =>
        FirstName(a) is { } first && FirstName(b) is { } second && !AreOne(first, second, exactA && exactB);

    private static JsonPathName? FirstName(JsonPath path) =>
        path.Segments is [{ Descends: false, Steps: [{ Kind: JsonPathStepKind.Name, Name: var name }] }, ..] ? name : null;

    private static bool AreOne(JsonPathName a, JsonPathName b, bool exact) => exact ? a.Text == b.Text : a.Folded == b.Folded;

    /// <summary>Whether two form selectors can select the same field.</summary>
    internal static bool Meet(FormName a, bool exactA, FormName b, bool exactB)
    {
        bool exact = exactA && exactB;
        string first = exact ? a.Name : a.Folded, second = exact ? b.Name : b.Folded;
        if (a.IsPrefix && b.IsPrefix)
            return first.StartsWith(second, StringComparison.Ordinal) || second.StartsWith(first, StringComparison.Ordinal);
        if (a.IsPrefix)
            return second.StartsWith(first, StringComparison.Ordinal);
        if (b.IsPrefix)
            return first.StartsWith(second, StringComparison.Ordinal);
        return first == second || (!exactA && Encloses(a, b)) || (!exactB && Encloses(b, a));
    }

    // A selector without `names: exact` selects what is inside of its name too.
    private static bool Encloses(FormName outer, FormName inner)
    {
        if (!inner.Name.Contains('[', StringComparison.Ordinal) && !outer.Name.AsSpan().ContainsAny("[]") && !inner.Name.Contains(']', StringComparison.Ordinal))
            return outer.Folded == inner.Folded;
        string name = Fold(outer.Joined), within = Fold(inner.Joined);
        for (int opening = inner.Joined.IndexOf('[', StringComparison.Ordinal); opening >= 0; opening = inner.Joined.IndexOf('[', opening + 1))
        {
            if (Fold(inner.Joined[..opening]) == name)
                return true;
        }

        return within == name;
    }

    private static bool Intersect(IReadOnlyList<JsonPathSegment> a, int lengthA, IReadOnlyList<JsonPathSegment> b, int lengthB, bool exact)
    {
        HashSet<(int, int)> seen = [];
        Stack<(int I, int J)> open = new([(0, 0)]);
        while (open.TryPop(out (int I, int J) at))
        {
            if (at == (lengthA, lengthB))
                return true;
            if (!seen.Add(at))
                continue;
            bool moreA = at.I < lengthA, moreB = at.J < lengthB;
            if (moreA && moreB && CanMatchTogether(a[at.I].Steps, b[at.J].Steps, exact))
                open.Push((at.I + 1, at.J + 1));
            if (moreA && moreB && b[at.J].Descends)
                open.Push((at.I + 1, at.J));
            if (moreA && moreB && a[at.I].Descends)
                open.Push((at.I, at.J + 1));
        }

        return false;
    }

    private static bool CanMatchTogether(IReadOnlyList<JsonPathStep> a, IReadOnlyList<JsonPathStep> b, bool exact) =>
        a.Any(first => b.Any(second => CanMatchTogether(first, second, exact)));

    // What a filter selects depends on the body. So does where something stands that is counted from the end, unless both are counted in the same way.
    private static bool CanMatchTogether(JsonPathStep a, JsonPathStep b, bool exact) => (a.Kind, b.Kind) switch
    {
        (JsonPathStepKind.Filter, _) or (_, JsonPathStepKind.Filter) => false,
        (JsonPathStepKind.Wildcard, _) => !IsEmpty(b),
        (_, JsonPathStepKind.Wildcard) => !IsEmpty(a),
        (JsonPathStepKind.Name, JsonPathStepKind.Name) => AreOne(a.Name!, b.Name!, exact),
        (JsonPathStepKind.Name, _) or (_, JsonPathStepKind.Name) => false,
        (JsonPathStepKind.Index, JsonPathStepKind.Index) => a.Index == b.Index,
        (JsonPathStepKind.Index, _) => a.Index >= 0 && b.Slice.IsForward && b.Slice.Contains(a.Index),
        (_, JsonPathStepKind.Index) => b.Index >= 0 && a.Slice.IsForward && a.Slice.Contains(b.Index),
        _ => a.Slice == b.Slice ? !a.Slice.IsEmpty : a.Slice.Meets(b.Slice),
    };

    private static bool IsEmpty(JsonPathStep step) => step.Kind == JsonPathStepKind.Slice && step.Slice.IsEmpty;

    private static string Fold(string name) => Encoding.UTF8.GetString(NameFold.Fold(Encoding.UTF8.GetBytes(name)));
}
