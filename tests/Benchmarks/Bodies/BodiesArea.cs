using E3.Relay.Benchmarks.Running;

namespace E3.Relay.Benchmarks.Bodies;

/// <summary>Bodies of other kinds than JSON and forms, and of any size.</summary>
internal sealed class BodiesArea : IBenchmarkArea
{
    public string Name => "bodies";

    public async Task<IReadOnlyList<Comparison>> RunAsync(TimeSpan time) => [.. await FileGoals.RunAsync(time)];
}
