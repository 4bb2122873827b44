using E3.Relay.Benchmarks.Running;

namespace E3.Relay.Benchmarks.Rules;

/// <summary>One comparison of the area, yet to be measured.</summary>
/// <param name="Name">Its name behind <c>rules.</c>.</param>
/// <param name="Goal">The least ratio wanted; null where none is set.</param>
/// <param name="Subject">What is measured.</param>
/// <param name="Reference">What it is measured against.</param>
internal sealed record RuleGoal(string Name, double? Goal, Side Subject, Side Reference);
