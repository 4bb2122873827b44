using System.Text;
using System.Text.Json;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Testing;

namespace E3.Relay.Helper.Tests.Running;

[Collection(nameof(RunningHelper))]
public sealed class StoresTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string State => _folder.PathOf("s");

    public void Dispose() => _folder.Dispose();

    // Two stores, one of which is killed: what there is is served, by a helper that was there as by one that starts anew; nothing new is made; and it is repaired when it is back.
    [Fact]
    public async Task Store_GoneAndBack_ServesMakesNoKeyAndIsRepaired()
    {
        Assert.SkipUnless(PostgresServer.IsInstalled, PostgresServer.NotInstalled);
        await using PostgresServer server = await PostgresServer.StartAsync();
        PostgresTestDatabase database = await server.CreateDatabaseAsync();
        string file = _folder.PathOf("connection");
        await File.WriteAllTextAsync(file, database.ConnectionString);
        string[] stores = ["--store", $"postgresql:{file}", "--store", $"sqlite:{_folder.PathOf("own.db")}"];
        TransformResult token;
        await using (RunningHelper first = await RunningHelper.StartReadyAsync(State, [.. stores, "--ensure-app", "shop"]))
        {
            token = await first.EncryptAsync("shop", "4111111111111111");
            Assert.Equal(["good", "good"], await ConditionsAsync(first));
            await server.KillAsync();
            await AssertServesAndMakesNoKeyAsync(first, token);
            Assert.Equal(0, await first.EndAsync());
        }

        await using RunningHelper second = await RunningHelper.StartReadyAsync(State, stores);
        await AssertServesAndMakesNoKeyAsync(second, token);

        // The database comes back as it was before the app was made: somebody put an old copy in its place.
        await server.StartAgainAsync();
        await database.ExecuteAsync("SET session_replication_role = replica; DELETE FROM e3_relay.entries; DELETE FROM e3_relay.appends");
        await UntilGoodAsync(second);
        await CreateAsync(second, "blog");
        Assert.Equal("12", await database.ExecuteAsync("SELECT count(*) FROM e3_relay.entries"));
        TransformResult opened = await second.DecryptAsync("shop", token.Value);
        Assert.Equal("4111111111111111", Encoding.UTF8.GetString(opened.Value.Span));
        Assert.Equal(0, await second.EndAsync());
    }

    [Theory]
    [InlineData("Host=db;Password=hunter2", (int)ExitCode.Refused)]
    [InlineData("postgresql:/nonexistent", (int)ExitCode.StateUnusable)]
    [InlineData("postgresql-env:E3_TEST_NOT_SET", (int)ExitCode.StateUnusable)]
    public async Task Store_Misconfigured_RefusesToStart(string store, int expected)
    {
        (int code, string output, string errors) = await RunningHelper.RunAsync(["run", "--state", State, "--store", store], "Development");
        Assert.Equal(expected, code);
        Assert.DoesNotContain("hunter2", output + errors, StringComparison.Ordinal);
    }

    private static async Task AssertServesAndMakesNoKeyAsync(RunningHelper helper, TransformResult token)
    {
        TransformResult opened = await helper.DecryptAsync("shop", token.Value);
        Assert.Equal("4111111111111111", Encoding.UTF8.GetString(opened.Value.Span));
        Assert.Equal(ErrorCode.None, (await helper.EncryptAsync("shop", "5555")).Code);
        (int code, _, string errors) = await helper.AskAsync("apps", "create", "blog");
        Assert.NotEqual(0, code);
        Assert.Contains("Degraded", errors, StringComparison.Ordinal);
        (code, string output, _) = await helper.AskAsync("status");
        Assert.Equal(0, code);
        Assert.Contains("store postgresql", output, StringComparison.Ordinal);
        Assert.Contains(": degraded, ", output, StringComparison.Ordinal);
    }

    private static async Task<string[]> ConditionsAsync(RunningHelper helper) =>
        [.. (await helper.StatusAsync()).GetProperty("stores").EnumerateArray().Select(static (JsonElement store) => store.GetProperty("condition").GetString()!)];

    private static async Task UntilGoodAsync(RunningHelper helper)
    {
        for (int i = 0; i < 40; i++)
        {
            if ((await ConditionsAsync(helper)).All(static condition => condition == "good"))
                return;
        }

        Assert.Fail(helper.Program.Transcript);
    }

    private static async Task CreateAsync(RunningHelper helper, string app)
    {
        (int code, _, string errors) = await helper.AskAsync("apps", "create", app);
        Assert.True(code == 0, $"{errors}\n{helper.Program.Transcript}");
    }
}
