namespace E3.Relay.Rules;

/// <summary>A rule with <c>mode: observe</c>.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Until">The last day, in UTC, on which it is meant to observe. It goes on afterwards, and is overdue.</param>
public sealed record ObservingRule(string Id, DateOnly Until)
{
    /// <summary>Whether the day is over: the rule is to be applied by now, or to be removed.</summary>
    /// <param name="today">The day of now in UTC.</param>
    public bool IsOverdue(DateOnly today) => today > Until;
}
