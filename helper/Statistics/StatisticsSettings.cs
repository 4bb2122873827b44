using System.Net;

namespace E3.Relay.Helper.Statistics;

/// <summary>Where statistics go. Nowhere, when nothing is set.</summary>
internal sealed record StatisticsSettings
{
    /// <summary>The variable that OpenTelemetry programs take the endpoint of their collector from.</summary>
    public const string CollectorVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>How often a sample is taken.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Where Prometheus may ask for <c>/metrics</c>.</summary>
    public IPEndPoint? Prometheus { get; init; }

    /// <summary>Where lines in the CloudWatch Embedded Metric Format go, see <see cref="LineSink"/>.</summary>
    public string? EmbeddedMetrics { get; init; }
}
