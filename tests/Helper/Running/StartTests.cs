using System.Diagnostics;
using System.Text;
using System.Text.Json;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Helper.State;
using E3.Relay.Testing;

namespace E3.Relay.Helper.Tests.Running;

[Collection(nameof(RunningHelper))]
public sealed class StartTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string State => _folder.PathOf("s");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_RestartedTwice_KeepsKeysAndTrust()
    {
        TransformResult token;
        string trust;
        await using (RunningHelper first = await RunningHelper.StartReadyAsync(State, "--ensure-app", "shop"))
        {
            token = await first.EncryptAsync("shop", "4111111111111111");
            Assert.Equal(ErrorCode.None, token.Code);
            Assert.StartsWith("e3.", Encoding.UTF8.GetString(token.Value.Span), StringComparison.Ordinal);
            trust = Genesis();
            Assert.Equal(1, first.Count("E3 3007"));
            Assert.True(first.Count("simulated TEE") == 1, first.Program.Transcript);
            Assert.Equal(0, await first.EndAsync());
        }

        for (int i = 0; i < 2; i++)
        {
            await using RunningHelper again = await RunningHelper.StartReadyAsync(State, "--ensure-app", "shop");
            TransformResult opened = await again.DecryptAsync("shop", token.Value);
            Assert.Equal("4111111111111111", Encoding.UTF8.GetString(opened.Value.Span));
            Assert.Equal(0, again.Count("E3 3007"));
            Assert.Equal(0, again.Count("E3 3009"));
            Assert.Equal(trust, Genesis());
            Assert.Equal(0, await again.EndAsync());
        }
    }

    [Fact]
    public async Task Callers_OfTheFirstRun_MayWhatTheirGrantsSay()
    {
        await using RunningHelper helper = await RunningHelper.StartReadyAsync(State, "--ensure-app", "shop");
        TransformResult token = await helper.EncryptAsync("shop", "4111111111111111");
        TransformResult masked = await helper.TransformAsync("masked", TransformOperation.Mask, "shop", token.Value, maskLast: 4);
        Assert.Equal(ErrorCode.None, masked.Code);
        Assert.EndsWith("1111", Encoding.UTF8.GetString(masked.Value.Span), StringComparison.Ordinal);
        Assert.DoesNotContain("4111", Encoding.UTF8.GetString(masked.Value.Span)[..^4], StringComparison.Ordinal);
        Assert.Equal(ErrorCode.None, (await helper.TransformAsync("requests", TransformOperation.Verify, "shop", token.Value)).Code);
        foreach ((string caller, TransformOperation operation) in ((string, TransformOperation)[])[("requests", TransformOperation.Decrypt), ("masked", TransformOperation.Decrypt), ("readers", TransformOperation.Encrypt)])
            await RefusesAsync(helper, caller, operation, token.Value);
    }

    [Fact]
    public async Task Files_OfARun_ArePrivateAndSayNothingInTheLog()
    {
        await using RunningHelper helper = await RunningHelper.StartReadyAsync(State, "--ensure-app", "shop");
        foreach (string file in Directory.GetFiles(State, "*", SearchOption.AllDirectories).Where(static file => !file.EndsWith(".sock", StringComparison.Ordinal)))
            Assert.True(File.GetUnixFileMode(file) == PrivateFile.Mode, file);
        foreach (string key in Directory.GetFiles(State, "*.key", SearchOption.AllDirectories).Concat(Directory.GetFiles(State, "key.pem", SearchOption.AllDirectories)))
            Assert.DoesNotContain(File.ReadAllLines(key)[1], helper.Program.Transcript, StringComparison.Ordinal);
        Assert.Equal(PrivateFile.FolderMode, File.GetUnixFileMode(State));
    }

    [Fact]
    public async Task Sockets_LeftBehindByAKill_AreReplaced()
    {
        await using (RunningHelper killed = await RunningHelper.StartReadyAsync(State))
        {
            int engine = (await killed.StatusAsync()).GetProperty("engine").GetInt32();
            killed.Program.Kill();
            await killed.Program.WaitForExitAsync();
            await TimeBound.UntilAsync(() => !IsAlive(engine), "the engine ends with the helper");
        }

        Assert.True(File.Exists(Path.Combine(State, "helper.sock")));
        File.WriteAllBytes(Path.Combine(State, "enclave.sock"), []);
        await using RunningHelper next = await RunningHelper.StartReadyAsync(State);
        Assert.Equal("ready", (await next.StatusAsync()).GetProperty("condition").GetString());
    }

    [Fact]
    public async Task Parent_ClosesTheInput_EndsHelperAndEngine()
    {
        await using RunningHelper helper = await RunningHelper.StartReadyAsync(State);
        int engine = (await helper.StatusAsync()).GetProperty("engine").GetInt32();
        helper.Program.Signal(2);
        Assert.Equal("ready", (await helper.StatusAsync()).GetProperty("condition").GetString());
        Assert.True(IsAlive(engine));
        Assert.Equal(0, await helper.EndAsync());
        Assert.False(IsAlive(engine));
        Assert.Empty(Directory.GetFiles(State, "*.sock"));
    }

    [Theory]
    [InlineData(15, true)]
    [InlineData(15, false)]
    [InlineData(2, false)]
    public async Task Signal_ToEnd_EndsHelperAndEngine(int signal, bool parent)
    {
        await using ChildProgram program = ChildProgram.Start(
            Path.Combine(AppContext.BaseDirectory, "E3.Relay.Helper"),
            parent ? ["run", "--state", State, "--parent-stdin"] : ["run", "--state", State],
            new Dictionary<string, string?> { ["DOTNET_ENVIRONMENT"] = "Development" });
        await program.WaitForLineAsync(RunningHelper.Ready);
        program.Signal(signal);
        Assert.Equal(0, await program.WaitForExitAsync());
        Assert.Contains(program.Output, static line => line.Contains("E3 3010 stopped", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Production")]
    [InlineData("Staging")]
    [InlineData("")]
    public async Task Run_OutsideDevelopment_IsRefusedInOneSentence(string? environment)
    {
        (int code, string output, string errors) = await RunningHelper.RunAsync(["run", "--state", State], environment);
        Assert.Equal((int)ExitCode.EnvironmentRefused, code);
        Assert.Empty(output);
        Assert.Contains("DOTNET_ENVIRONMENT=Development", errors, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', errors);
        Assert.False(Directory.Exists(State));
    }

    [Fact]
    public async Task Run_OnAFolderInUse_IsRefusedInOneSentence()
    {
        await using RunningHelper helper = await RunningHelper.StartReadyAsync(State);
        (int code, _, string errors) = await RunningHelper.RunAsync(["run", "--state", State], "Development");
        Assert.Equal((int)ExitCode.StateLocked, code);
        Assert.Contains("Another helper runs", errors, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', errors);
        Assert.Equal("ready", (await helper.StatusAsync()).GetProperty("condition").GetString());
    }

    [Fact]
    public async Task Run_WithoutAnEngine_IsRefused()
    {
        (int code, _, string errors) = await RunningHelper.RunAsync(["run", "--state", State, "--enclave", _folder.PathOf("none")], "Development");
        Assert.Equal((int)ExitCode.EngineMissing, code);
        Assert.Contains("--enclave", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_OnADamagedStore_IsRefused()
    {
        await using (RunningHelper helper = await RunningHelper.StartReadyAsync(State))
            await helper.EndAsync();
        File.WriteAllText(Path.Combine(State, "state.db"), new string('x', 8192));
        (int code, _, string errors) = await RunningHelper.RunAsync(["run", "--state", State], "Development");
        Assert.Equal((int)ExitCode.StateUnusable, code);
        Assert.Contains("Damaged", errors, StringComparison.Ordinal);
    }

    private static async Task RefusesAsync(RunningHelper helper, string caller, TransformOperation operation, ReadOnlyMemory<byte> value)
    {
        try
        {
            Assert.Equal(ErrorCode.OperationNotGranted, (await helper.TransformAsync(caller, operation, "shop", value)).Code);
        }
        catch (Enclave.Client.EnclaveException e)
        {
            Assert.Equal(ErrorCode.OperationNotGranted, e.Code);
        }
    }

    private string Genesis()
    {
        using JsonDocument trust = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(State, "trust.json")));
        return trust.RootElement.GetProperty("genesis").GetString()!;
    }

    private static bool IsAlive(int process) => Process.GetProcesses().Any(other => other.Id == process);
}
