namespace E3.Relay.Rules.Documents;

/// <summary>How much may be searched among the pairs of a rule set's selectors, and how much of what is found is reported: both grow with the square of the rules.</summary>
/// <param name="steps">How many steps the search may take.</param>
internal sealed class SearchBudget(long steps = SearchBudget.StepsMax)
{
    /// <summary>Most pairs that are reported.</summary>
    internal const int ReportsMax = 100;

    /// <summary>What it costs to compare two selectors, against 1 for telling that they begin with different names.</summary>
    internal const int Comparison = 64;

    internal const long StepsMax = 5_000_000L * Comparison;

    private long _steps = steps;
    private int _reports = ReportsMax;

    /// <summary>Whether the search ended because it took too long.</summary>
    internal bool IsSpent => _steps < 0;

    /// <summary>Whether it ended because enough was found.</summary>
    internal bool IsFull => _reports < 0;

    internal bool IsOver => IsSpent || IsFull;

    /// <summary>Takes some steps; false when the search is over.</summary>
    internal bool Take(long wanted = 1)
    {
        _steps -= wanted;
        return !IsOver;
    }

    /// <summary>Takes the steps of comparing what two operations select.</summary>
    internal bool Take(OperationModel a, OperationModel b) => Take(
        1 + Pairs(a.Json.Count, b.Json.Count) + Pairs(a.Form.Count, b.Form.Count) + Pairs(a.Multipart.Count, b.Multipart.Count) + Pairs(a.Text.Count, b.Text.Count)
        + (Comparison * (Pairs(a.Xml.Count, b.Xml.Count) + Pairs(a.Head.Header.Count, b.Head.Header.Count) + Pairs(a.Head.Cookie.Count, b.Head.Cookie.Count)
            + Pairs(a.Head.Query.Count + a.Form.Count + a.Multipart.Count, b.Head.Query.Count) + Pairs(a.Head.Query.Count, b.Form.Count + b.Multipart.Count))));

    /// <summary>The same where each pair of selectors is compared.</summary>
    internal bool Take(OperationModel a, OperationModel b, int each) => Take(a, b) && Take(each * Pairs(a.Json.Count, b.Json.Count));

    /// <summary>Takes the right to report something; false when enough was reported.</summary>
    internal bool TakeReport() => --_reports >= 0;

    private static long Pairs(int a, int b) => (long)a * b;
}
