using E3.Relay.Rules.Selectors;

namespace E3.Relay.Rules.Documents;

/// <summary>Finds selectors of two operations that select the same value of a head.</summary>
internal static class HeadOverlap
{
    /// <summary>What meets, in words for a message; null when nothing does.</summary>
    internal static string? FindMeeting(OperationModel first, OperationModel second)
    {
        if (first.Head.IsEmpty && second.Head.IsEmpty)
            return null;
        return FindFormInQuery(first, second) ?? FindFormInQuery(second, first) ?? FindMeeting("query name", first.Head.Query, second.Head.Query, MeetNames, name => name.Text)
            ?? FindMeeting("cookie", first.Head.Cookie, second.Head.Cookie, MeetNames, name => name.Text)
            ?? FindMeeting("header", first.Head.Header, second.Head.Header, (a, b) => HeaderName.Meet(a, second.ExactNames, b, first.ExactNames), name => name.Text)
            ?? FindMeeting("path segment", first.Head.Path, second.Head.Path, (a, b) => a == b, segment => segment.ToString(System.Globalization.CultureInfo.InvariantCulture));

        bool MeetNames(FormName a, FormName b) => SelectorOverlap.Meet(a, second.ExactNames, b, first.ExactNames);
    }

    /// <summary>A query that carries a field of a form is refused where the two are treated differently, so such rules could never be applied to one.</summary>
    private static string? FindFormInQuery(OperationModel form, OperationModel query)
    {
        foreach (SelectorModel<FormName> a in form.Form.Concat(form.Multipart))
        {
            if (a.Selector.Name.Length > 0 && query.Head.Query.Find(b => SelectorOverlap.Meet(a.Selector, form.ExactNames, b.Selector, query.ExactNames)) is { } met)
                return $"form name '{a.Selector.Text}' and query name '{met.Selector.Text}' are one name to many servers; one operation selects the same value";
        }

        return null;
    }

    private static string? FindMeeting<T>(
        string what, List<SelectorModel<T>> first, List<SelectorModel<T>> second, Func<T, T, bool> meet, Func<T, string> text)
    {
        foreach (SelectorModel<T> a in second)
        {
            if (first.Find(b => meet(a.Selector, b.Selector)) is { } met)
                return $"{what} '{text(a.Selector)}' selects the same value as '{text(met.Selector)}'";
        }

        return null;
    }
}
