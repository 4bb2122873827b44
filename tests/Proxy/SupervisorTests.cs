using System.Globalization;
using E3.Relay.Proxy.Configuration;
using E3.Relay.Proxy.Observability;
using E3.Relay.Proxy.Programs;
using E3.Relay.Proxy.Tests.Hosting;
using E3.Relay.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;

namespace E3.Relay.Proxy.Tests;

public sealed class SupervisorTests : IDisposable
{
    private static readonly Dictionary<string, string> Shell = new() { ["sh"] = "/bin/sh" };

    private readonly TempFolder _folder = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().AddSingleton<RelayMetrics>().BuildServiceProvider();
    private readonly LogSink _log = new();

    public void Dispose()
    {
        _services.Dispose();
        _log.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Program_ThatDies_IsReportedAndStartedAgain()
    {
        await using var supervisor = new ProgramSupervisor();
        Assert.Null(supervisor.Start([new ProgramOptions("sh", ["-c", "echo $$ >> pids; [ $(wc -l < pids) -ge 2 ] && exec cat; exit 7"])], Shell, Environment()));
        supervisor.Supervise(_log, _services.GetRequiredService<RelayMetrics>(), TimeProvider.System);
        await TimeBound.UntilAsync(() => Pids().Length == 2, "the second start");
        Assert.Contains(_log.Lines, line => line.Contains("sh ended unexpectedly with code 7", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Program_ThatSaysTheSameEachTime_IsGivenUp()
    {
        await using var supervisor = new ProgramSupervisor();
        Assert.Null(supervisor.Start([new ProgramOptions("sh", ["-c", "echo $$ >> pids; exit 4"])], Shell, Environment()));
        supervisor.Supervise(_log, _services.GetRequiredService<RelayMetrics>(), TimeProvider.System);
        await TimeBound.UntilAsync(() => _log.Lines.Any(static line => line.Contains(" 1044 ", StringComparison.Ordinal)), "that it is given up");
        await Task.Delay(TimeSpan.FromSeconds(2));
        Assert.Equal(3, Pids().Length);
        Assert.Contains(_log.Lines, static line => line.Contains("sh ended 3 times in a row with code 4 and is not started again", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("kill -9 $$")]
    [InlineData("exit $(wc -l < pids)")]
    public async Task Program_ThatCrashesOrSaysSomethingElseEachTime_IsStartedOnAndOn(string end)
    {
        await using var supervisor = new ProgramSupervisor();
        Assert.Null(supervisor.Start([new ProgramOptions("sh", ["-c", $"echo $$ >> pids; {end}"])], Shell, Environment()));
        supervisor.Supervise(_log, _services.GetRequiredService<RelayMetrics>(), TimeProvider.System);
        await TimeBound.UntilAsync(() => Pids().Length >= 4, "the fourth start");
    }

    [Fact]
    public async Task End_OfTheProxy_EndsProgramsByTheEndOfTheirInput()
    {
        var supervisor = new ProgramSupervisor();
        Assert.Null(supervisor.Start([new ProgramOptions("sh", ["-c", "echo $$ >> pids; cat; echo ended > ended"])], Shell, Environment()));
        supervisor.Supervise(_log, _services.GetRequiredService<RelayMetrics>(), TimeProvider.System);
        await TimeBound.UntilAsync(() => Pids().Length == 1, "the start");
        await supervisor.DisposeAsync();
        Assert.True(File.Exists(_folder.PathOf("ended")));
        Assert.DoesNotContain(_log.Lines, line => line.Contains(" 1041 ", StringComparison.Ordinal) || line.Contains(" 1042 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task End_OfAProgramThatDoesNotListen_IsForcedAndReported()
    {
        var supervisor = new ProgramSupervisor { EndTimeout = TimeSpan.FromMilliseconds(200) };
        Assert.Null(supervisor.Start([new ProgramOptions("sh", ["-c", "echo $$ >> pids; exec sleep 600"])], Shell, Environment()));
        supervisor.Supervise(_log, _services.GetRequiredService<RelayMetrics>(), TimeProvider.System);
        await TimeBound.UntilAsync(() => Pids().Length == 1, "the start");
        await supervisor.DisposeAsync();
        Assert.Contains(_log.Lines, line => line.Contains(" 1042 ", StringComparison.Ordinal));
        int pid = int.Parse(Pids()[0], CultureInfo.InvariantCulture);
        await TimeBound.UntilAsync(() => !IsAlive(pid), "the end of the process");
    }

    [Theory]
    [InlineData("unknown", "which programs.txt beside the proxy does not list")]
    [InlineData("missing", "cannot be started from /nowhere/program: error 2.")]
    public async Task Start_OfAProgramThatIsNotThere_IsOneSentence(string name, string part)
    {
        await using var supervisor = new ProgramSupervisor();
        string? problem = supervisor.Start([new ProgramOptions(name, [])], new Dictionary<string, string> { ["missing"] = "/nowhere/program" }, Environment());
        Assert.Contains(part, problem, StringComparison.Ordinal);
    }

    private string[] Pids() => File.Exists(_folder.PathOf("pids")) ? File.ReadAllLines(_folder.PathOf("pids")) : [];

    private static bool IsAlive(int pid)
    {
        string status = $"/proc/{pid}/stat";
        return File.Exists(status) && !File.ReadAllText(status).Contains(") Z", StringComparison.Ordinal);
    }

    private ProgramEnvironment Environment() => new(_folder.Path);

    private sealed class ProgramEnvironment(string root) : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = "Development";

        public string ApplicationName { get; set; } = "test";

        public string ContentRootPath { get; set; } = root;

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
