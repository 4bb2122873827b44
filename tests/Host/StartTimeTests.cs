using System.Diagnostics;
using System.Globalization;
using E3.Relay.Enclave.Protocol;

namespace E3.Relay.Enclave.Host.Tests;

/// <summary>How long callers wait for an engine that starts, and what it keeps while idle. The medians go to <c>start.txt</c> beside the tests.</summary>
public sealed class StartTimeTests
{
    private const int Runs = 9;
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Host_Started_AnswersAHelloSoon()
    {
        // What this process does for the first time, such as TLS and the fleet's keys, is not the program's time.
        await StartAsync();
        var listening = new double[Runs];
        var answered = new double[Runs];
        var resident = new double[Runs];
        for (int i = 0; i < Runs; i++)
            (listening[i], answered[i], resident[i]) = await StartAsync();
        string line = string.Create(
            CultureInfo.InvariantCulture,
            $"host.start runs={Runs} listening_ms={Median(listening):0.0} hello_ms={Median(answered):0.0} resident_idle_kib={Median(resident):0}");
        await File.WriteAllTextAsync(Path.Combine(AppContext.BaseDirectory, "start.txt"), line + "\n");
        Assert.InRange(Median(answered), Median(listening), Bound.TotalMilliseconds);
    }

    private static async Task<(double Listening, double Answered, double Resident)> StartAsync()
    {
        long began = Stopwatch.GetTimestamp();
        await using RunningHost host = await RunningHost.BootAsync();
        double listening = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        await using HostConnection connection = await host.OpenAsync();
        double answered = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        Assert.Equal(EnginePhase.Booting, connection.Hello.Phase);
        return (listening, answered, host.Program.ResidentKib());
    }

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);
}
