using System.Diagnostics;
using System.Text;
using System.Text.Json;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Testing;

namespace E3.Relay.Helper.Tests.Running;

[Collection(nameof(RunningHelper))]
public sealed class ReplacementTests : IDisposable
{
    private const int Stop = 19;
    private const int Continue = 18;
    private static readonly TimeSpan AFewSeconds = TimeSpan.FromSeconds(10);
    private readonly TempFolder _folder = new();

    private string State => _folder.PathOf("s");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Engine_ReplacedOnPurpose_KeepsKeysAndEndsTheOldOne()
    {
        await using RunningHelper helper = await RunningHelper.StartReadyAsync(State, "--ensure-app", "shop");
        TransformResult token = await helper.EncryptAsync("shop", "secret");
        int before = await EngineAsync(helper);
        (int code, string output, string errors) = await helper.AskAsync("engine", "replace");
        Assert.True(code == 0, errors);
        int after = await EngineAsync(helper);
        Assert.NotEqual(before, after);
        Assert.Equal($"Engine {after} serves.", output);
        Assert.Equal("secret", Encoding.UTF8.GetString((await helper.DecryptAsync("shop", token.Value)).Value.Span));
        await helper.Program.WaitForLineAsync($"E3 3025 engine {before} has ended");
        Assert.False(IsAlive(before));
        JsonElement status = await helper.StatusAsync();
        Assert.Equal(0, status.GetProperty("restarts").GetInt32());
        Assert.Equal(1, status.GetProperty("replacements").GetInt32());
        Assert.Equal((0, "App blog created.", ""), await helper.AskAsync("apps", "create", "blog"));
        Assert.Equal(ErrorCode.None, (await helper.EncryptAsync("blog", "value")).Code);
    }

    [Fact]
    public async Task Engine_AskedForManyTimesAtOnce_IsReplacedAndAnswersAll()
    {
        await using RunningHelper helper = await RunningHelper.StartReadyAsync(State);
        (int Code, string, string Errors)[] asked = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => helper.AskAsync("engine", "replace")));
        Assert.All(asked, static answer => Assert.True(answer.Code == 0, answer.Errors));
        Assert.InRange((await helper.StatusAsync()).GetProperty("replacements").GetInt32(), 1, 4);
    }

    // A key that is made while two engines live is in both: requests on sessions that have not moved yet must not fail either.
    [Fact]
    public async Task Engine_ReplacedUnderLoad_FailsNoRequest()
    {
        await using RunningHelper helper = await RunningHelper.StartReadyAsync(State, "--ensure-app", "shop");
        await using OpenClient client = await helper.OpenAsync("requests", new() { Address = helper.EngineAddress });
        await using var load = new ClientLoad(client.Client, callers: 16, "shop");
        int engine = await EngineAsync(helper);
        for (int i = 0; i < 3; i++)
        {
            int done = load.Done;
            Assert.Equal(0, (await helper.AskAsync("engine", "replace")).Code);
            Assert.Equal(0, (await helper.AskAsync("apps", "create", $"app-{i}")).Code);
            await helper.UntilAsync("E3 3025", i + 1);
            Assert.True(client.Client.IsReady);
            Assert.True(load.Done > done);
        }

        Assert.NotEqual(engine, await EngineAsync(helper));
        await load.EndAsync();
        Assert.Empty(load.Failures);
        TestContext.Current.TestOutputHelper?.WriteLine($"{load.Done} requests, {load.Failures.Count} failed, 3 replacements");
        Assert.All(helper.Program.Output.Where(static line => line.Contains("E3 3025", StringComparison.Ordinal)), static line => Assert.EndsWith("with 0 sessions left", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Engine_Stopped_IsNoticedAndReplaced()
    {
        await using RunningHelper helper = await RunningHelper.StartReadyAsync(State, "--ensure-app", "shop");
        int stopped = await EngineAsync(helper);
        ChildProgram.Signal(stopped, Stop);
        await helper.Program.WaitForLineAsync($"E3 3020 engine {stopped} does not answer", AFewSeconds);
        await helper.Program.WaitForLineAsync($"E3 3005 engine {stopped} is given up: the engine hangs", AFewSeconds);
        await helper.UntilAsync(RunningHelper.Ready, 2);
        Assert.False(IsAlive(stopped));
        Assert.Equal(ErrorCode.None, (await helper.EncryptAsync("shop", "value")).Code);
    }

    [Fact]
    public async Task Engine_StoppedForAMoment_IsLeftAlone()
    {
        await using RunningHelper helper = await RunningHelper.StartReadyAsync(State);
        int engine = await EngineAsync(helper);
        ChildProgram.Signal(engine, Stop);
        await helper.Program.WaitForLineAsync("E3 3020", AFewSeconds);
        ChildProgram.Signal(engine, Continue);
        await helper.Program.WaitForLineAsync("E3 3021", AFewSeconds);
        JsonElement status = await helper.StatusAsync();
        Assert.Equal((engine, 0), (status.GetProperty("engine").GetInt32(), status.GetProperty("restarts").GetInt32()));
    }

    [Fact]
    public async Task Engine_OverItsMemory_FromTheStart_IsNotReplacedAgainAndAgain()
    {
        await using RunningHelper helper = await RunningHelper.StartReadyAsync(State, "--engine-memory-mib", "1");

        // An engine that was just started is given a minute before what a new one would not mend is tried.
        await Task.Delay(TimeSpan.FromSeconds(3));
        Assert.Equal(0, helper.Count("E3 3022"));
        Assert.Equal("ready", (await helper.StatusAsync()).GetProperty("condition").GetString());
    }

    // The helper is the one that was held up, so the engine's silence proves nothing.
    [Fact]
    public async Task Helper_StoppedForAWhile_DoesNotBlameTheEngine()
    {
        await using RunningHelper helper = await RunningHelper.StartReadyAsync(State);
        int engine = await EngineAsync(helper);
        helper.Program.Signal(Stop);
        await Task.Delay(TimeSpan.FromSeconds(6));
        helper.Program.Signal(Continue);
        await Task.Delay(TimeSpan.FromSeconds(1));
        JsonElement status = await helper.StatusAsync();
        Assert.Equal((engine, 0), (status.GetProperty("engine").GetInt32(), status.GetProperty("restarts").GetInt32()));
    }

    private static async Task<int> EngineAsync(RunningHelper helper) => (await helper.StatusAsync()).GetProperty("engine").GetInt32();

    private static bool IsAlive(int process) => Process.GetProcesses().Any(other => other.Id == process);
}
