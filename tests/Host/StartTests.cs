using System.Text;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Testing;

namespace E3.Relay.Enclave.Host.Tests;

/// <summary>How the program starts, refuses to start, and ends. It says one line of a closed set and nothing else.</summary>
public sealed class StartTests : IDisposable
{
    private const int Refused = 2;
    private const string ArgumentsInvalid = "E3 4002 argumentsinvalid";
    private const string ConfigurationRefused = "E3 4003 configurationrefused";
    private const string AddressUnavailable = "E3 4004 addressunavailable";
    private const int Interrupt = 2;

    private readonly TempFolder _folder = new();

    public static TheoryData<string> BadArguments =>
    [
        "",
        "--config",
        "--config c",
        "--config c --listen unix:/tmp/never",
        "--config c --nsm unix:n",
        "--listen unix:/tmp/never --nsm unix:n",
        "--config c --listen tcp:127.0.0.1:1 --nsm unix:n",
        "--config c --listen unix: --nsm unix:n",
        "--config c --nsm unix:n --listen unix:" + new string('a', 108),
        "--config c --nsm unix:n --listen unix:" + new string('é', 100),
        "--config c --listen unix:/tmp/never --nsm",
        "--config c --listen unix:/tmp/never --nsm unix:n --verbose",
        "--config c --listen unix:/tmp/never --nsm unix:n extra",
        "--config  --listen unix:/tmp/never --nsm unix:n",
        "--config c --listen unix:/tmp/never --nsm ",
        "--config c --listen unix:/tmp/never --nsm unix:",
        "--config c --listen unix:/tmp/never --nsm vsock:3:1",
        "--config c --listen unix:/tmp/never --nsm nsm",
        "--config c --listen unix:/tmp/never --nsm unix:n --heartbeat",
        "--config c --listen unix:/tmp/never --nsm unix:n --heartbeat tcp:1:2",
        "--config c --listen unix:/tmp/never --nsm unix:" + new string('a', 108),
    ];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(BadArguments))]
    public Task Arguments_NotUnderstood_AreRefused(string line) => AssertRefusedAsync(ArgumentsInvalid, line.Length == 0 ? [] : line.Split(' '));

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\u0000")]
    public async Task Configuration_ThatIsNone_IsRefused(string json)
    {
        await using var module = new ModuleSocket(_folder.PathOf("nsm"));
        await AssertRefusedAsync(ConfigurationRefused, Arguments(Encoding.UTF8.GetBytes(json)));
    }

    [Theory]
    [InlineData("\"threshold\": 1", "\"threshold\": 2")]
    [InlineData("\"threshold\": 1", "\"threshold\": 0")]
    [InlineData("\"threshold\": 1", "\"threshold\": \"1\"")]
    [InlineData("\"threshold\": 1", "\"threshold\": 1, \"debug\": true")]
    [InlineData("\"threshold\": 1", "\"threshold\": 1, \"threshold\": 1")]
    [InlineData("\"fleetId\": \"", "\"fleetId\": \"00")]
    [InlineData("\"administrators\": [\"", "\"administrators\": [\"AAAA")]
    [InlineData("\"kmsPublicKey\": \"", "\"kmsPublicKey\": \"AAAA")]
    [InlineData("\"simulated\": true", "\"simulated\": 1")]
    public async Task Configuration_Changed_IsRefused(string from, string to)
    {
        await using var module = new ModuleSocket(_folder.PathOf("nsm"));
        using var fleet = new TestFleet();
        string json = Encoding.UTF8.GetString(fleet.ConfigurationJson());
        Assert.Contains(from, json, StringComparison.Ordinal);
        await AssertRefusedAsync(ConfigurationRefused, Arguments(Encoding.UTF8.GetBytes(json.Replace(from, to, StringComparison.Ordinal))));
    }

    [Fact]
    public async Task Configuration_ForARealModule_IsRefusedWithASimulatedOne()
    {
        await using var module = new ModuleSocket(_folder.PathOf("nsm"));
        using var fleet = new TestFleet { Simulated = false };
        await AssertRefusedAsync(ConfigurationRefused, Arguments(fleet.ConfigurationJson()));
    }

    [Fact]
    public async Task Configuration_ForASimulatedModule_IsRefusedWithADevice()
    {
        using var fleet = new TestFleet();
        await AssertRefusedAsync(ConfigurationRefused, Arguments(fleet.ConfigurationJson(), module: "/dev/null"));
    }

    [Theory]
    [InlineData("absent")]
    [InlineData("folder")]
    public async Task Configuration_ThatCannotBeRead_IsRefused(string name)
    {
        Directory.CreateDirectory(_folder.PathOf("folder"));
        await AssertRefusedAsync(ConfigurationRefused, ["--config", _folder.PathOf(name), "--listen", "unix:" + _folder.PathOf("e3"), "--nsm", "unix:" + _folder.PathOf("nsm")]);
    }

    [Theory]
    [InlineData(true, "unix:/nowhere/nsm")]
    [InlineData(false, "/nowhere/nsm")]
    [InlineData(false, "/tmp")]
    public async Task Module_ThatIsNotThere_IsRefused(bool simulated, string module)
    {
        using var fleet = new TestFleet { Simulated = simulated };
        await AssertRefusedAsync(ConfigurationRefused, Arguments(fleet.ConfigurationJson(), module));
    }

    [Fact]
    public async Task Address_Taken_IsRefused_AndTheFirstGoesOnServing()
    {
        await using RunningHost first = await RunningHost.BootAsync();
        await using var module = new ModuleSocket(_folder.PathOf("nsm"));
        await AssertRefusedAsync(AddressUnavailable, Arguments(first.Fleet.ConfigurationJson(), listen: first.SocketPath));
        await using HostConnection connection = await first.OpenAsync();
        Assert.Equal(EnginePhase.Booting, connection.Hello.Phase);
    }

    [Fact]
    public async Task Address_InNoFolder_IsRefused()
    {
        await using var module = new ModuleSocket(_folder.PathOf("nsm"));
        using var fleet = new TestFleet();
        await AssertRefusedAsync(AddressUnavailable, Arguments(fleet.ConfigurationJson(), listen: "/nowhere/e3"));
    }

    // Bound to and not connected: no machine is this context, and many have no such family at all.
    [Fact]
    public async Task Address_OfAContextThatIsNotThisOne_IsRefused()
    {
        await using var module = new ModuleSocket(_folder.PathOf("nsm"));
        using var fleet = new TestFleet();
        string[] arguments = Arguments(fleet.ConfigurationJson());
        arguments[Array.IndexOf(arguments, "--listen") + 1] = "vsock:4000000000:5000";
        await AssertRefusedAsync(AddressUnavailable, arguments);
    }

    [Fact]
    public async Task Host_AtTheEndOfItsInput_EndsAndClosesItsSessions()
    {
        await using RunningHost host = await RunningHost.ReadyAsync();
        await using HostConnection connection = await host.OpenAsync(new GrantedOperation(TransformOperation.Encrypt));
        host.Program.CloseInput();
        Assert.Equal(0, await host.Program.WaitForExitAsync());
        Assert.Equal(["E3 4001 listening", "E3 4005 stopped"], host.Program.Output);
        Assert.Empty(host.Program.Errors);
        await connection.AssertClosedAsync();
    }

    [Fact]
    public async Task Host_Interrupted_GoesOnUntilTheEndOfItsInput()
    {
        await using RunningHost host = await RunningHost.BootAsync();
        host.Program.Signal(Interrupt);
        await using (await host.OpenAsync())
            host.Program.CloseInput();
        Assert.Equal(0, await host.Program.WaitForExitAsync());
    }

    [Fact]
    public async Task Host_RefusingWhileItsInputEnds_StillSaysWhy()
    {
        for (int i = 0; i < 5; i++)
        {
            await using ChildProgram program = RunningHost.Start("--config", _folder.PathOf("absent"), "--listen", "unix:" + _folder.PathOf("e3"), "--nsm", "unix:n", "--parent-stdin");
            program.CloseInput();
            Assert.Equal(Refused, await program.WaitForExitAsync());
            Assert.Equal([ConfigurationRefused], program.Output);
            Assert.Empty(program.Errors);
        }
    }

    private string[] Arguments(byte[] configuration, string? module = null, string? listen = null)
    {
        File.WriteAllBytes(_folder.PathOf("config.json"), configuration);
        return ["--config", _folder.PathOf("config.json"), "--listen", "unix:" + (listen ?? _folder.PathOf("e3")), "--nsm", module ?? "unix:" + _folder.PathOf("nsm")];
    }

    private static async Task AssertRefusedAsync(string line, string[] arguments)
    {
        await using ChildProgram program = RunningHost.Start(arguments);
        Assert.Equal(Refused, await program.WaitForExitAsync());
        Assert.Equal([line], program.Output);
        Assert.Empty(program.Errors);
    }
}
