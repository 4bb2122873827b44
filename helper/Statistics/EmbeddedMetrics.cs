using System.Text.Json;
using E3.Relay.Helper.Custody;

namespace E3.Relay.Helper.Statistics;

/// <summary>
/// Writes samples in the CloudWatch Embedded Metric Format: a JSON object a line, which CloudWatch Logs turns into metrics wherever the line arrives. The only dimension is the fleet.
/// </summary>
/// <param name="fleet">The fleet's id, in hexadecimal.</param>
internal sealed class EmbeddedMetrics(string fleet)
{
    public const string Namespace = "E3/Relay";

    /// <summary>The line of a sample, without its end.</summary>
    public byte[] Write(EngineSample sample)
    {
        (string Name, string Unit, double Value)[] metrics = [.. Metrics(sample)];
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("_aws");
            writer.WriteNumber("Timestamp", sample.At.ToUnixTimeMilliseconds());
            writer.WriteStartArray("CloudWatchMetrics");
            WriteDirective(writer, metrics);
            writer.WriteEndArray();
            writer.WriteEndObject();
            writer.WriteString("Fleet", fleet);

            // Not a dimension: for people who look at the line.
            writer.WriteNumber("Engine", sample.Status.EngineId);
            foreach ((string name, _, double value) in metrics)
                writer.WriteNumber(name, value);
            writer.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static void WriteDirective(Utf8JsonWriter writer, (string Name, string Unit, double Value)[] metrics)
    {
        writer.WriteStartObject();
        writer.WriteString("Namespace", Namespace);
        writer.WriteStartArray("Dimensions");
        writer.WriteStartArray();
        writer.WriteStringValue("Fleet");
        writer.WriteEndArray();
        writer.WriteEndArray();
        writer.WriteStartArray("Metrics");
        foreach ((string name, string unit, _) in metrics)
        {
            writer.WriteStartObject();
            writer.WriteString("Name", name);
            writer.WriteString("Unit", unit);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static IEnumerable<(string Name, string Unit, double Value)> Metrics(EngineSample sample)
    {
        yield return ("Ready", "Count", sample.Status.Condition == EngineCondition.Ready ? 1 : 0);
        yield return ("Restarts", "Count", sample.Status.Restarts);
        yield return ("Replacements", "Count", sample.Status.Replacements);
        if (sample is not { Reading: { } reading, Interval: { } interval })
            yield break;
        yield return ("ProcessorUse", "Percent", Math.Round(100 * interval.Processors, 2));
        yield return ("ResidentMemory", "Bytes", reading.ResidentBytes);
        yield return ("ManagedMemory", "Bytes", reading.ManagedBytes);
        yield return ("OpenDescriptors", "Count", reading.OpenDescriptors);
        yield return ("Sessions", "Count", reading.Sessions);
        yield return ("ActiveCalls", "Count", reading.CallsAtWork);
        yield return ("Keys", "Count", reading.Keys);
        yield return ("Calls", "Count", interval.Calls);
        yield return ("FieldsSucceeded", "Count", interval.Succeeded);
        yield return ("FieldsFailed", "Count", interval.Failed);
        foreach (OperationCount operation in interval.Operations.Where(static operation => operation.Succeeded + operation.Failed > 0))
            yield return ($"Fields-{EngineInterval.Name(operation.Operation)}", "Count", operation.Succeeded + operation.Failed);
        if (interval.Quantile(0.5) is { } median && interval.Quantile(0.99) is { } late)
        {
            yield return ("CallDurationMedian", "Microseconds", median.TotalMicroseconds);
            yield return ("CallDuration99", "Microseconds", late.TotalMicroseconds);
        }
    }
}
