using System.Globalization;
using System.Net;
using System.Net.Sockets;
using E3.Relay.Testing;

namespace E3.Relay.Proxy.Tests;

/// <summary>The built program: what it ends with, and what it says then.</summary>
public sealed class StartTests
{
    private static readonly string Executable = Path.Combine(AppContext.BaseDirectory, "../../E3.Relay.Proxy", new DirectoryInfo(AppContext.BaseDirectory).Name, "E3.Relay.Proxy");

    [Fact]
    public async Task Start_WithATakenPort_IsOneSentenceAndCodeOne()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;
        (int code, ChildProgram program) = await RunAsync(Settings(port));
        Assert.Equal(1, code);
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"The address 127.0.0.1:{port} of listener 'plain' is already in use; end the program that holds it or set another address."), Assert.Single(program.Errors));
    }

    [Fact]
    public async Task Start_WithWrongSettings_SaysThemAllAndEndsWithCodeTwo()
    {
        (int code, ChildProgram program) = await RunAsync("""{"Relay": {"Typo": 1}}""");
        Assert.Equal(2, code);
        Assert.Equal(3, program.Errors.Count);
    }

    [Fact]
    public async Task Start_WithAMissingRuleFile_EndsWithCodeThree()
    {
        (int code, ChildProgram program) = await RunAsync(Settings(0, """, "ruled": {"Address": "http://127.0.0.1:0", "Rules": ["none.yaml"], "RequestCaller": "a", "ResponseCaller": "b"}""", Engine));
        Assert.Equal(3, code);
        Assert.Equal("none.yaml: cannot be read (FileNotFoundException)", Assert.Single(program.Errors));
    }

    [Fact]
    public async Task Start_WithASimulatedRootOutsideDevelopment_EndsWithCodeFour()
    {
        (int code, ChildProgram program) = await RunAsync(Settings(0, "", Engine.Replace("\"Trust\"", "\"SimulatedRoot\": \"r.der\", \"Trust\"", StringComparison.Ordinal)));
        Assert.Equal(4, code);
        Assert.StartsWith("simulated-trust-refused: ", Assert.Single(program.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WithAProgramThatIsNotBuilt_IsOneSentence()
    {
        (int code, ChildProgram program) = await RunAsync(Settings(0, "", """, "Start": {"Programs": [{"Name": "Nobody"}]}"""), "Development");
        Assert.Equal(2, code);
        Assert.Contains("'Nobody'", Assert.Single(program.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WithMistakesInTheRoutes_SaysThemAllAndEndsWithCodeTwo()
    {
        string settings = Settings(0)[..^1] + """, "ReverseProxy": {"Routes": {"a": {"ClusterId": "x"}, "b": {"ClusterId": "x", "Match": {"Path": "{"}}}}}""";
        (int code, ChildProgram program) = await RunAsync(settings);
        Assert.Equal(2, code);
        Assert.Equal(2, program.Errors.Count);
        Assert.All(program.Errors, line => Assert.Contains("route", line, StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(15)]
    public async Task Signal_WhileItRuns_EndsItWithCodeZero(int signal)
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.PathOf("appsettings.json"), Settings(0));
        await using ChildProgram program = ChildProgram.Start(Executable, workingDirectory: folder.Path);
        await program.WaitForLineAsync("Management on");
        program.Signal(signal);
        Assert.Equal(0, await program.WaitForExitAsync());
    }

    private const string Engine = """, "Enclave": {"Address": "unix:e.sock", "Trust": "t.json", "Callers": "c"}""";

    private static string Settings(int port, string listeners = "", string rest = "") =>
        """{"Relay": {"Listeners": {"plain": {"Address": "http://127.0.0.1:PORT"}LISTENERS}, "Management": {"Address": "http://127.0.0.1:0"}REST}}"""
            .Replace("PORT", port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("LISTENERS", listeners, StringComparison.Ordinal)
            .Replace("REST", rest, StringComparison.Ordinal);

    private static async Task<(int Code, ChildProgram Program)> RunAsync(string settings, string environment = "Production")
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.PathOf("appsettings.json"), settings);
        await using ChildProgram program = ChildProgram.Start(Executable, environment: new Dictionary<string, string?> { ["DOTNET_ENVIRONMENT"] = environment }, workingDirectory: folder.Path);
        return (await program.WaitForExitAsync(), program);
    }
}
