namespace E3.Relay.Benchmarks.Running;

/// <summary>One of the two sides of a comparison.</summary>
/// <param name="Name">What the table calls it.</param>
/// <param name="RunAsync">Works for about that long.</param>
internal sealed record Side(string Name, Func<TimeSpan, Task<Sample>> RunAsync);
