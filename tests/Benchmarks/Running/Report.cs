using System.Globalization;

namespace E3.Relay.Benchmarks.Running;

/// <summary>A table for people and one line a comparison for programs.</summary>
internal static class Report
{
    /// <summary>Prints.</summary>
    public static void Print(TextWriter output, string area, IReadOnlyList<Comparison> comparisons)
    {
        output.WriteLine();
        output.WriteLine(Row(area, "side", "per second", "p50 µs", "p99 µs", "bytes each"));
        foreach (Comparison comparison in comparisons)
        {
            output.WriteLine(Row(comparison.Name, comparison.Reference, Comparison.Typical(comparison.Rounds.Select(round => round.Reference))));
            output.WriteLine(Row("", comparison.Subject, Comparison.Typical(comparison.Rounds.Select(round => round.Subject))));
        }

        output.WriteLine();
        foreach (Comparison comparison in comparisons)
        {
            output.WriteLine(Line(comparison));
            if (comparison.BytesMax is { } most)
                output.WriteLine(AllocationLine(comparison, most));
        }
    }

    /// <summary><c>name ratio=0.73 goal>=0.70</c>, without a goal where none is set.</summary>
    public static string Line(Comparison comparison)
    {
        string line = string.Create(CultureInfo.InvariantCulture, $"{comparison.Name} ratio={comparison.Ratio:F2}");
        return comparison.Goal is { } goal ? string.Create(CultureInfo.InvariantCulture, $"{line} goal>={goal:F2}") : line;
    }

    private static string AllocationLine(Comparison comparison, double most) => string.Create(
        CultureInfo.InvariantCulture, $"{comparison.Name}.allocated bytes={Comparison.Typical(comparison.Rounds.Select(round => round.Subject)).BytesPerUnit:F1} goal<={most:F0}");

    private static string Row(string name, string side, Sample sample) => Row(
        name,
        side,
        sample.PerSecond.ToString("N0", CultureInfo.InvariantCulture),
        sample.P50.TotalMicroseconds.ToString("N1", CultureInfo.InvariantCulture),
        sample.P99.TotalMicroseconds.ToString("N1", CultureInfo.InvariantCulture),
        double.IsNaN(sample.BytesPerUnit) ? "" : sample.BytesPerUnit.ToString("N1", CultureInfo.InvariantCulture));

    private static string Row(string name, string side, string perSecond, string p50, string p99, string bytes) =>
        $"{name,-40}{side,-54}{perSecond,14}{p50,12}{p99,12}{bytes,12}";
}
