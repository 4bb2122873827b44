using System.CommandLine;
using System.Net;
using E3.Relay.Helper.Custody;
using E3.Relay.Helper.Statistics;

namespace E3.Relay.Helper.Commands;

/// <summary>Options of <c>helper run</c> about watching engines, and telling others of them.</summary>
internal sealed class OperationOptions
{
    private readonly Option<int?> _memory = new("--engine-memory-mib") { Description = "Replace the engine when it uses more memory, in MiB." };
    private readonly Option<string?> _prometheus = new("--prometheus") { Description = "Serve metrics at http://ADDRESS:PORT/metrics." };
    private readonly Option<string?> _emf = new("--emf") { Description = "Write CloudWatch Embedded Metric Format to '-' (the standard output), a file, or unix:PATH." };
    private readonly Option<int> _seconds = new("--statistics-seconds") { Description = "How often a sample is taken.", DefaultValueFactory = static _ => 5 };

    public OperationOptions(Command command)
    {
        command.Add(_memory);
        command.Add(_prometheus);
        command.Add(_emf);
        command.Add(_seconds);
    }

    public SupervisionSettings Supervision(ParseResult result) => new() { MemoryBytesMax = result.GetValue(_memory) is { } mib ? (long)mib << 20 : null };

    /// <exception cref="HelperRefusedException">A value is none.</exception>
    public StatisticsSettings Statistics(ParseResult result) => new()
    {
        Interval = result.GetValue(_seconds) is > 0 and <= 3600 and int seconds ? TimeSpan.FromSeconds(seconds) : throw new HelperRefusedException(ExitCode.Refused, "--statistics-seconds takes 1 to 3600."),
        Prometheus = result.GetValue(_prometheus) is { } text ? Parse(text) : null,
        EmbeddedMetrics = result.GetValue(_emf),
    };

    // Nothing in the metrics is secret; still a machine that is no part of the fleet should not read along where everything else is simulated.
    private static IPEndPoint Parse(string text) => IPEndPoint.TryParse(text, out IPEndPoint? endPoint) && endPoint.Port != 0 && IPAddress.IsLoopback(endPoint.Address)
        ? endPoint
        : throw new HelperRefusedException(ExitCode.Refused, $"'{text}' is no loopback ADDRESS:PORT.");
}
