using E3.Relay.Benchmarks.Rules;
using E3.Relay.Benchmarks.Running;

namespace E3.Relay.Benchmarks.Bodies;

/// <summary>Large bodies through the whole relay, files through the engine, and what it costs to edit bodies of other kinds than JSON and forms, on one thread, with a transform that gives every value back.</summary>
internal sealed class BodiesArea : IBenchmarkArea
{
    private const int Rounds = 7;

    public string Name => "bodies";

    public async Task<IReadOnlyList<Comparison>> RunAsync(TimeSpan time)
    {
        RuleGoal[] goals = [.. XmlGoals.All(), .. MultipartGoals.All()];
        TimeSpan each = time / (goals.Length * 4 * (Rounds + 1));
        await LargeGoals.RunAsync();
        List<Comparison> comparisons = [.. await FileGoals.RunAsync(time / 2)];
        foreach (RuleGoal goal in goals)
        {
            await goal.Reference.RunAsync(each);
            await goal.Subject.RunAsync(each);
            comparisons.Add(await Comparison.RunAsync($"{Name}.{goal.Name}", goal.Goal, goal.Subject, goal.Reference, Rounds, each));
        }

        return comparisons;
    }
}
