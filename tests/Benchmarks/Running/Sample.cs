namespace E3.Relay.Benchmarks.Running;

/// <summary>What one side did in one round.</summary>
/// <param name="PerSecond">Units of work (requests, fields) a second.</param>
/// <param name="P50">Median time of one unit, or of one batch where units come in batches.</param>
/// <param name="P99">99th percentile of the same.</param>
/// <param name="BytesPerUnit">Managed bytes allocated for each unit; NaN where that is another process's affair.</param>
internal readonly record struct Sample(double PerSecond, TimeSpan P50, TimeSpan P99, double BytesPerUnit = double.NaN);
