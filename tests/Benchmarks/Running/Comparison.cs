namespace E3.Relay.Benchmarks.Running;

/// <summary>Two sides, measured in turns in the same run: on a busy machine only the ratio of neighbours means anything.</summary>
/// <param name="Name">Stable name, for example <c>proxy.one-field.c32</c>.</param>
/// <param name="Goal">The least ratio wanted; null where none is set.</param>
/// <param name="Subject">What is measured.</param>
/// <param name="Reference">What it is measured against.</param>
/// <param name="Rounds">The pairs, in order.</param>
internal sealed record Comparison(string Name, double? Goal, string Subject, string Reference, IReadOnlyList<(Sample Subject, Sample Reference)> Rounds)
{
    /// <summary>How many managed bytes the subject may allocate for each unit; null where no goal is set.</summary>
    public double? BytesMax { get; init; }

    /// <summary>Median over the rounds of the subject's rate by the reference's.</summary>
    public double Ratio => Median(Rounds.Select(round => round.Subject.PerSecond / round.Reference.PerSecond));

    /// <summary>Measures: reference, subject, reference, subject, …</summary>
    public static async Task<Comparison> RunAsync(string name, double? goal, Side subject, Side reference, int rounds, TimeSpan round)
    {
        var pairs = new List<(Sample, Sample)>(rounds);
        for (int i = 0; i < rounds; i++)
        {
            Sample ofReference = await reference.RunAsync(round);
            pairs.Add((await subject.RunAsync(round), ofReference));
        }

        return new(name, goal, subject.Name, reference.Name, pairs);
    }

    /// <summary>The median of each figure of one side.</summary>
    public static Sample Typical(IEnumerable<Sample> samples)
    {
        Sample[] all = [.. samples];
        return new(
            Median(all.Select(sample => sample.PerSecond)),
            TimeSpan.FromTicks((long)Median(all.Select(sample => (double)sample.P50.Ticks))),
            TimeSpan.FromTicks((long)Median(all.Select(sample => (double)sample.P99.Ticks))),
            Median(all.Select(sample => sample.BytesPerUnit)));
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
