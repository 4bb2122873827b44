using System.Text.Json;

namespace E3.Relay.Helper.Tests.Statistics;

/// <summary>Checks a line against the CloudWatch Embedded Metric Format (CloudWatch user guide, "Specification: Embedded metric format", with its JSON schema and limits).</summary>
internal static class EmbeddedMetricsSchema
{
    private static readonly HashSet<string> Units =
    [
        "Seconds", "Microseconds", "Milliseconds", "Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes", "Bits", "Kilobits", "Megabits", "Gigabits", "Terabits", "Percent", "Count",
        "Bytes/Second", "Kilobytes/Second", "Megabytes/Second", "Gigabytes/Second", "Terabytes/Second", "Bits/Second", "Kilobits/Second", "Megabits/Second", "Gigabits/Second", "Terabits/Second",
        "Count/Second", "None",
    ];

    /// <summary>Fails with what is wrong.</summary>
    public static JsonElement Check(ReadOnlyMemory<byte> line)
    {
        Assert.InRange(line.Length, 2, 1024 * 1024);
        Assert.False(line.Span.Contains((byte)'\n'));
        JsonElement root = JsonDocument.Parse(line).RootElement;
        JsonElement metadata = root.GetProperty("_aws");
        Assert.Equal(["Timestamp", "CloudWatchMetrics"], metadata.EnumerateObject().Select(static property => property.Name));
        Assert.True(metadata.GetProperty("Timestamp").GetInt64() > 1_000_000_000_000, "milliseconds");
        foreach (JsonElement directive in metadata.GetProperty("CloudWatchMetrics").EnumerateArray())
            CheckDirective(root, directive);
        return root;
    }

    private static void CheckDirective(JsonElement root, JsonElement directive)
    {
        Assert.Equal(["Namespace", "Dimensions", "Metrics"], directive.EnumerateObject().Select(static property => property.Name));
        string @namespace = directive.GetProperty("Namespace").GetString()!;
        Assert.InRange(@namespace.Length, 1, 1024);
        Assert.False(@namespace.StartsWith("AWS/", StringComparison.Ordinal));
        foreach (JsonElement set in directive.GetProperty("Dimensions").EnumerateArray())
        {
            Assert.InRange(set.GetArrayLength(), 0, 30);
            foreach (JsonElement key in set.EnumerateArray())
            {
                Assert.InRange(key.GetString()!.Length, 1, 250);
                Assert.InRange(root.GetProperty(key.GetString()!).GetString()!.Length, 1, 1024);
            }
        }

        JsonElement metrics = directive.GetProperty("Metrics");
        Assert.InRange(metrics.GetArrayLength(), 1, 100);
        var names = new HashSet<string>();
        foreach (JsonElement metric in metrics.EnumerateArray())
        {
            Assert.All(metric.EnumerateObject(), static property => Assert.Contains(property.Name, (string[])["Name", "Unit", "StorageResolution"]));
            string name = metric.GetProperty("Name").GetString()!;
            Assert.InRange(name.Length, 1, 1024);
            Assert.True(names.Add(name), name);
            Assert.Contains(metric.GetProperty("Unit").GetString()!, Units);
            Assert.Equal(JsonValueKind.Number, root.GetProperty(name).ValueKind);
        }
    }
}
