using System.Buffers;
using System.Globalization;
using System.Text.Json;
using E3.Relay.Proxy.Listeners;
using E3.Relay.Proxy.RuleFiles;
using E3.Relay.Rules;

namespace E3.Relay.Proxy.Management;

/// <summary>Health and metrics, on connections to the management listener only.</summary>
internal static class ManagementEndpoints
{
    private const string MetricsPath = "/metrics";

    public static void UseManagement(this WebApplication app)
    {
        var readiness = app.Services.GetRequiredService<Readiness>();
        app.MapWhen(
            context => context.Features.Get<ManagementConnection>() is not null,
            management =>
            {
                management.UseOpenTelemetryPrometheusScrapingEndpoint(context => context.Request.Path == MetricsPath);
                management.Run(context => AnswerAsync(context, readiness));
            });
    }

    private static async Task AnswerAsync(HttpContext context, Readiness readiness)
    {
        bool asksForReport = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        int? status = (asksForReport, context.Request.Path.Value) switch
        {
            (true, "/health/live" or "/health") => StatusCodes.Status200OK,
            (true, "/health/ready") => readiness.IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable,
            _ => null,
        };
        context.Response.StatusCode = status ?? StatusCodes.Status404NotFound;
        if (status is null)
            return;
        ReadOnlyMemory<byte> report = Report(readiness);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = report.Length;
        context.Response.Headers.CacheControl = "no-store";
        if (HttpMethods.IsGet(context.Request.Method))
            await context.Response.Body.WriteAsync(report, context.RequestAborted);
    }

    private static ReadOnlyMemory<byte> Report(Readiness readiness)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteBoolean("ready"u8, readiness.IsReady);
            writer.WriteBoolean("simulated"u8, readiness.Simulated);
            WriteLines(writer, "reasons"u8, readiness.Reasons);
            writer.WriteStartObject("listeners"u8);
            foreach (Listener listener in readiness.Listeners)
                WriteListener(writer, listener, readiness.Today);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void WriteListener(Utf8JsonWriter writer, Listener listener, DateOnly today)
    {
        writer.WriteStartObject(listener.Name);
        writer.WriteString("address"u8, $"http://{listener.EndPoint}");
        if (listener.Rules?.State is { } rules)
            WriteRules(writer, rules, today);
        writer.WriteEndObject();
    }

    private static void WriteRules(Utf8JsonWriter writer, RuleFilesState rules, DateOnly today)
    {
        writer.WriteNumber("rules"u8, rules.Rules.Count);
        writer.WriteString("digest"u8, rules.Rules.Digest);
        writer.WriteBoolean("broken"u8, rules.Broken);
        WriteLines(writer, "problems"u8, rules.Problems);
        writer.WriteStartArray("observing"u8);
        foreach (ObservingRule rule in rules.Rules.Observing)
            WriteObserving(writer, rule, today);
        writer.WriteEndArray();
    }

    private static void WriteObserving(Utf8JsonWriter writer, ObservingRule rule, DateOnly today)
    {
        writer.WriteStartObject();
        writer.WriteString("rule"u8, rule.Id);
        writer.WriteString("until"u8, rule.Until.ToString("o", CultureInfo.InvariantCulture));
        writer.WriteBoolean("overdue"u8, rule.IsOverdue(today));
        writer.WriteEndObject();
    }

    private static void WriteLines(Utf8JsonWriter writer, ReadOnlySpan<byte> name, IEnumerable<string> lines)
    {
        writer.WriteStartArray(name);
        foreach (string line in lines)
            writer.WriteStringValue(line);
        writer.WriteEndArray();
    }
}
