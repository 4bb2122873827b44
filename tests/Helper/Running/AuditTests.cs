using System.Text.Json;
using E3.Relay.Testing;

namespace E3.Relay.Helper.Tests.Running;

[Collection(nameof(RunningHelper))]
public sealed class AuditTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string State => _folder.PathOf("s");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Acts_OverTheSocket_AreRecordedWithTheirPeerAndOutcome()
    {
        await using RunningHelper helper = await RunningHelper.StartReadyAsync(State);
        await helper.AskAsync("apps", "create", "shop");
        await helper.AskAsync("apps", "create", "shop");
        await helper.AskAsync("apps", "list");
        JsonElement[] records = [.. Directory.GetFiles(Path.Combine(State, "audit"), "*.jsonl").SelectMany(File.ReadAllLines).Select(static line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(["begun", "done", "begun", "refused"], records.Select(static record => record.GetProperty("outcome").GetString()!));
        Assert.All(records, static record => Assert.Equal("/apps/shop", record.GetProperty("target").GetString()));
        Assert.All(records, static record => Assert.Equal("POST /apps/{name}", record.GetProperty("act").GetString()));
        Assert.All(records, record => Assert.NotEqual(helper.Program.Id, record.GetProperty("processId").GetInt32()));
        (int code, string output, _) = await helper.AskAsync("audit", "verify");
        Assert.Equal(0, code);
        Assert.StartsWith("intact: 4 records in 1 files, 0 acts without an end, head 4:", output, StringComparison.Ordinal);

        // The head that the log noted is accepted, and one that never was is not.
        string noted = (await helper.Program.WaitForLineAsync("head 3:")).Split("head ")[1];
        Assert.Equal(0, (await helper.AskAsync("audit", "verify", "--head", noted)).Code);
        Assert.Equal((int)ExitCode.NotIntact, (await helper.AskAsync("audit", "verify", "--head", $"3:{new string('a', 64)}")).Code);
    }

    [Fact]
    public async Task Act_ThatCannotBeRecorded_IsRefusedWhileTheEngineServes()
    {
        await using (RunningHelper first = await RunningHelper.StartReadyAsync(State, "--ensure-app", "shop"))
            Assert.Equal(0, (await first.AskAsync("apps", "create", "blog")).Code);
        string file = Assert.Single(Directory.GetFiles(Path.Combine(State, "audit"), "*.jsonl"));
        File.WriteAllText(file, File.ReadAllText(file).Replace("blog", "slob", StringComparison.Ordinal));
        await using RunningHelper helper = await RunningHelper.StartReadyAsync(State);
        await helper.Program.WaitForLineAsync("E3 3031");
        (int code, _, string errors) = await helper.AskAsync("apps", "create", "other");
        Assert.Equal(1, code);
        Assert.StartsWith("Refused: the audit log accepts nothing", errors, StringComparison.Ordinal);
        Assert.Equal((0, "blog\nshop", ""), await helper.AskAsync("apps", "list"));
        Assert.Equal((int)ExitCode.NotIntact, (await helper.AskAsync("audit", "verify")).Code);
        Assert.Equal(Enclave.Protocol.ErrorCode.None, (await helper.EncryptAsync("shop", "value")).Code);
    }
}
