using E3.Relay.Benchmarks.Running;

namespace E3.Relay.Benchmarks.Rules;

/// <summary>One comparison of the area, yet to be measured.</summary>
/// <param name="Name">Its name behind <c>rules.</c>.</param>
/// <param name="Goal">The least ratio wanted; null where none is set.</param>
/// <param name="Subject">What is measured.</param>
/// <param name="Reference">What it is measured against.</param>
/// <param name="BytesMax">How many managed bytes the subject may allocate for each unit beside its output; null where no goal is set.</param>
internal sealed record RuleGoal(string Name, double? Goal, Side Subject, Side Reference, double? BytesMax = null);
