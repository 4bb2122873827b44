using System.Text;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Testing;

namespace E3.Relay.Helper.Tests.Running;

/// <summary>A PostgreSQL server that does not do what it acknowledges.</summary>
[Collection(nameof(RunningHelper))]
public sealed class FaultyServerTests : IAsyncLifetime
{
    // Flips one bit of what is stored, with the digest that belongs to it.
    private const string OtherBytes = """
        CREATE FUNCTION public.bend() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                NEW.bytes := set_byte(NEW.bytes, length(NEW.bytes) - 1, get_byte(NEW.bytes, length(NEW.bytes) - 1) # 1);
                NEW.digest := sha256(NEW.bytes);
                RETURN NEW;
            END $$;
        CREATE TRIGGER a_bends BEFORE INSERT ON e3_relay.entries FOR EACH ROW EXECUTE FUNCTION public.bend();
        """;

    // What a failover to a standby that lags does.
    private const string LoseLastCommit = """
        SET session_replication_role = replica;
        DELETE FROM e3_relay.entries WHERE position > (SELECT max(length) FROM e3_relay.appends WHERE length < (SELECT max(length) FROM e3_relay.appends));
        DELETE FROM e3_relay.appends WHERE length = (SELECT max(length) FROM e3_relay.appends);
        """;

    private readonly TempFolder _folder = new();
    private PostgresTestDatabase _database = null!;

    private string State => _folder.PathOf("s");

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(PostgresServer.IsInstalled, PostgresServer.NotInstalled);
        _database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        File.WriteAllText(_folder.PathOf("postgres"), _database.ConnectionString);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Server_ThatStoresOtherBytes_IsNeverUsedForAKey()
    {
        await using RunningHelper helper = await StartAsync("--ensure-app", "shop");
        TransformResult token = await helper.EncryptAsync("shop", "secret");
        await _database.ExecuteAsync(OtherBytes);
        (int code, _, string errors) = await helper.AskAsync("apps", "create", "blog");
        Assert.Equal((int)ExitCode.Refused, code);
        Assert.StartsWith("Refused: ", errors, StringComparison.Ordinal);
        Assert.Equal(ErrorCode.AppUnknown, (await helper.EncryptAsync("blog", "secret")).Code);
        await OpensAsync(helper, token);

        // What it has now is no state that an engine would take.
        await helper.EndAsync();
        await using RunningHelper again = RunningHelper.Start(State, "--postgres", _folder.PathOf("postgres"));
        await again.Program.WaitForLineAsync("E3 3008 state refused");
        Assert.Equal(0, again.Count(RunningHelper.Ready));
    }

    [Fact]
    public async Task Server_ThatLosesTheLastCommit_IsNoticedWhileTheKeysGoOn()
    {
        await using RunningHelper helper = await StartAsync("--ensure-app", "shop");
        Assert.Equal(0, (await helper.AskAsync("keys", "rotate", "shop")).Code);
        TransformResult token = await helper.EncryptAsync("shop", "secret");
        await _database.ExecuteAsync(LoseLastCommit);
        (int code, _, string errors) = await helper.AskAsync("apps", "create", "blog");

        // Either it was given back what it lost, or nothing new is made on it.
        if (code == 0)
            Assert.Equal("15", await _database.ExecuteAsync("SELECT count(*) FROM e3_relay.entries"));
        else
            Assert.StartsWith("Refused: ", errors, StringComparison.Ordinal);
        await OpensAsync(helper, token);
        Assert.Equal(ErrorCode.None, (await helper.EncryptAsync("shop", "secret")).Code);
    }

    private Task<RunningHelper> StartAsync(params string[] more) => RunningHelper.StartReadyAsync(State, ["--postgres", _folder.PathOf("postgres"), .. more]);

    private static async Task OpensAsync(RunningHelper helper, TransformResult token)
    {
        TransformResult opened = await helper.DecryptAsync("shop", token.Value);
        Assert.Equal((ErrorCode.None, "secret"), (opened.Code, Encoding.UTF8.GetString(opened.Value.Span)));
    }
}
