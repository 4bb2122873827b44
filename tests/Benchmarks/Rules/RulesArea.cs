using E3.Relay.Benchmarks.Running;

namespace E3.Relay.Benchmarks.Rules;

/// <summary>What rules cost on one thread: finding those of a request, and editing bodies by them with a transform that gives every value back.</summary>
internal sealed class RulesArea : IBenchmarkArea
{
    private const int Rounds = 7;

    public string Name => "rules";

    public async Task<IReadOnlyList<Comparison>> RunAsync(TimeSpan time)
    {
        RuleGoal[] goals = [.. MatchGoals.All(), .. JsonGoals.All(), .. FormGoals.All(), .. LoadGoals.All()];
        TimeSpan each = time / (goals.Length * 2 * (Rounds + 1));
        List<Comparison> comparisons = new(goals.Length);
        foreach (RuleGoal goal in goals)
        {
            await goal.Reference.RunAsync(each);
            await goal.Subject.RunAsync(each);
            Comparison comparison = await Comparison.RunAsync($"{Name}.{goal.Name}", goal.Goal, goal.Subject, goal.Reference, Rounds, each);
            comparisons.Add(comparison with { BytesMax = goal.BytesMax });
        }

        return comparisons;
    }
}
