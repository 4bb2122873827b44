using E3.Relay.Helper.Custody;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace E3.Relay.Helper.Statistics;

/// <summary>Takes a sample every few seconds and brings it where the settings say: Prometheus asks for it, a collector gets it (OTLP), CloudWatch reads lines.</summary>
internal sealed class StatisticsReporter : IAsyncDisposable
{
    private const string MetricsPath = "/metrics";
    private readonly EngineMetrics _metrics = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Supervisor _supervisor;
    private readonly StatisticsSettings _settings;
    private readonly EmbeddedMetrics _format;
    private readonly TimeProvider _time;
    private Task _running = Task.CompletedTask;
    private WebApplication? _exporting;

    private StatisticsReporter(Supervisor supervisor, StatisticsSettings settings, string fleet, TimeProvider time)
    {
        _supervisor = supervisor;
        _settings = settings;
        _format = new(fleet);
        _time = time;
    }

    /// <summary>Starts to report.</summary>
    /// <exception cref="HelperRefusedException">The address for Prometheus cannot be listened on.</exception>
    public static async Task<StatisticsReporter> StartAsync(Supervisor supervisor, StatisticsSettings settings, string fleet, TimeProvider time, CancellationToken cancellationToken)
    {
        var reporter = new StatisticsReporter(supervisor, settings, fleet, time);
        bool hasCollector = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(StatisticsSettings.CollectorVariable));
        if (settings.Prometheus is not null || hasCollector)
            reporter._exporting = await ExportAsync(settings, hasCollector, cancellationToken).ConfigureAwait(false);
        reporter._running = reporter.RunAsync(reporter._stop.Token);
        return reporter;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        if (_exporting is not null)
            await _exporting.DisposeAsync().ConfigureAwait(false);
        _metrics.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        EngineReading? before = null;
        await using LineSink? sink = _settings.EmbeddedMetrics is { } destination ? new(destination) : null;
        while (!cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(_settings.Interval, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            EngineStatus status = _supervisor.Status;
            EngineReading? now = status.Condition == EngineCondition.Ready ? _supervisor.Reading : null;
            var sample = new EngineSample(_time.GetUtcNow(), status, now, now is null ? null : EngineInterval.Between(before, now));
            before = now ?? before;
            _metrics.Add(sample);
            if (sink is not null)
                await sink.WriteAsync(_format.Write(sample), CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static async Task<WebApplication> ExportAsync(StatisticsSettings settings, bool hasCollector, CancellationToken cancellationToken)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new() { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            if (settings.Prometheus is { } endPoint)
                options.Listen(endPoint);
            else
                options.Listen(System.Net.IPAddress.Loopback, 0);
        });
        builder.Services.AddSingleton<IHostLifetime, OwnersLifetime>();
        builder.Services.AddOpenTelemetry().ConfigureResource(static resource => resource.AddService("e3-relay-helper")).WithMetrics(metrics =>
        {
            metrics.AddMeter(EngineMetrics.MeterName).AddPrometheusExporter();
            if (hasCollector)
                metrics.AddOtlpExporter();
        });
        WebApplication app = builder.Build();
        if (settings.Prometheus is not null)
            app.UseOpenTelemetryPrometheusScrapingEndpoint(static context => HttpMethods.IsGet(context.Request.Method) && context.Request.Path == MetricsPath);
        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
            return app;
        }
        catch (IOException e)
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw new HelperRefusedException(ExitCode.Refused, $"{settings.Prometheus} cannot be listened on: {e.Message}");
        }
    }
}
