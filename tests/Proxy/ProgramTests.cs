using System.Globalization;
using E3.Relay.Proxy.Programs;
using E3.Relay.Testing;

namespace E3.Relay.Proxy.Tests;

public sealed class ProgramTests
{
    [Fact]
    public void ProgramFile_WithPaths_NamesTheExecutables()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.PathOf("programs.txt"), "E3.Relay.Helper=/x/E3.Relay.Helper.dll\nnonsense\n=y.dll\nEcho=/y/Echo.dll\n");
        IReadOnlyDictionary<string, string> programs = ProgramFile.Read(folder.Path);
        Assert.Equal(2, programs.Count);
        Assert.Equal("/x/E3.Relay.Helper", programs["E3.Relay.Helper"]);
        Assert.Equal("/y/Echo", programs["Echo"]);
    }

    [Fact]
    public void ProgramFile_Absent_NamesNothing()
    {
        using var folder = new TempFolder();
        Assert.Empty(ProgramFile.Read(folder.Path));
    }

    [Fact]
    public async Task StartedProgram_WhenItsInputCloses_HasHeldItOpenUntilThen()
    {
        using var folder = new TempFolder();
        using var program = new StartedProgram("cat", "/bin/cat", [], folder.Path, "Development");
        program.Start();
        using (var soon = new CancellationTokenSource(200))
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => program.WaitAsync(soon.Token));
        program.CloseInput();
        using var bound = new CancellationTokenSource(TimeBound.Default);
        Assert.Equal(0, await program.WaitAsync(bound.Token));
    }

    [Fact]
    public async Task StartedProgram_Environment_HasNoAddressesOfTheProxy()
    {
        using var folder = new TempFolder();
        Environment.SetEnvironmentVariable("ASPNETCORE_HTTP_PORTS", "8080");
        Environment.SetEnvironmentVariable("Relay__Management__Address", "http://127.0.0.1:1");
        try
        {
            using var program = new StartedProgram("sh", "/bin/sh", ["-c", "env > environment"], folder.Path, "Development");
            program.Start();
            using var bound = new CancellationTokenSource(TimeBound.Default);
            Assert.Equal(0, await program.WaitAsync(bound.Token));
        }
        finally
        {
            Environment.SetEnvironmentVariable("ASPNETCORE_HTTP_PORTS", null);
            Environment.SetEnvironmentVariable("Relay__Management__Address", null);
        }

        string environment = await File.ReadAllTextAsync(folder.PathOf("environment"));
        Assert.DoesNotContain("ASPNETCORE_", environment, StringComparison.Ordinal);
        Assert.DoesNotContain("Relay__", environment, StringComparison.Ordinal);
        Assert.Contains("DOTNET_ENVIRONMENT=Development", environment, StringComparison.Ordinal);
        Assert.Contains("PATH=", environment, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartedProgram_StartedAgain_IsANewProcess()
    {
        using var folder = new TempFolder();
        using var program = new StartedProgram("sh", "/bin/sh", ["-c", "echo $$ >> pids; exit 3"], folder.Path, "Development");
        using var bound = new CancellationTokenSource(TimeBound.Default);
        program.Start();
        Assert.Equal(3, await program.WaitAsync(bound.Token));
        program.Start();
        Assert.Equal(3, await program.WaitAsync(bound.Token));
        string[] pids = await File.ReadAllLinesAsync(folder.PathOf("pids"));
        Assert.Equal(2, pids.Distinct().Count());
        Assert.Equal(program.ProcessId.ToString(CultureInfo.InvariantCulture), pids[1]);
    }
}
