using E3.Relay.Enclave.Protocol;

namespace E3.Relay.Helper.Statistics;

/// <summary>What an engine did between two readings.</summary>
internal sealed record EngineInterval
{
    public required TimeSpan Length { get; init; }

    /// <summary>Processor time used, in processors: 1 is one of them all the time.</summary>
    public required double Processors { get; init; }

    public required IReadOnlyList<OperationCount> Operations { get; init; }

    /// <summary>Calls by the time that they took, as <see cref="EngineReading.Latency"/>.</summary>
    public required IReadOnlyList<long> Latency { get; init; }

    public long Succeeded => Operations.Sum(static operation => operation.Succeeded);

    public long Failed => Operations.Sum(static operation => operation.Failed);

    public long Calls => Latency.Sum();

    /// <summary>The interval that a reading ends. After another engine it is all that this one has done.</summary>
    public static EngineInterval Between(EngineReading? before, EngineReading now)
    {
        // Uptime only grows in one engine.
        if (before is null || before.Uptime >= now.Uptime || before.Latency.Count != now.Latency.Count)
            before = null;
        TimeSpan length = now.Uptime - (before?.Uptime ?? TimeSpan.Zero);
        TimeSpan processor = now.ProcessorTime - (before?.ProcessorTime ?? TimeSpan.Zero);
        return new()
        {
            Length = length,
            Processors = length > TimeSpan.Zero ? Math.Max(0, processor / length) : 0,
            Operations = [.. now.Operations.Select(operation => Since(before, operation))],
            Latency = [.. now.Latency.Select((count, i) => Math.Max(0, count - (before?.Latency[i] ?? 0)))],
        };
    }

    /// <summary>The time within which this share of the calls was answered, rounded up to a power of two of microseconds; null when there were none.</summary>
    public TimeSpan? Quantile(double share)
    {
        long calls = Calls;
        if (calls == 0)
            return null;
        long sum = 0;
        int place = 0;
        while (place < Latency.Count - 1 && (sum += Latency[place]) < share * calls)
            place++;
        return TimeSpan.FromMicroseconds(Math.ScaleB(1, place));
    }

    private static OperationCount Since(EngineReading? before, OperationCount now)
    {
        OperationCount then = before?.Operations.FirstOrDefault(operation => operation.Operation == now.Operation) ?? default;
        return new(now.Operation, Math.Max(0, now.Succeeded - then.Succeeded), Math.Max(0, now.Failed - then.Failed));
    }

    /// <summary>How an operation is called in metrics, as rules call it.</summary>
    public static string Name(TransformOperation operation) => operation == TransformOperation.EncryptDeterministic ? "encrypt-deterministic" : operation.ToString().ToLowerInvariant();
}
