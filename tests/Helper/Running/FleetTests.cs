using System.Diagnostics;
using System.Text;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Testing;

namespace E3.Relay.Helper.Tests.Running;

/// <summary>Two helpers, each with an engine of its own, on one PostgreSQL database.</summary>
[Collection(nameof(RunningHelper))]
public sealed class FleetTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private string _database = "";

    private string First => _folder.PathOf("a");

    private string Second => _folder.PathOf("b");

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(PostgresServer.IsInstalled, PostgresServer.NotInstalled);
        _database = _folder.PathOf("postgres");
        File.WriteAllText(_database, (await (await PostgresServer.SharedAsync()).CreateDatabaseAsync()).ConnectionString);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Key_RotatedOnOne_EncryptsOnTheOtherWithinASecond_AndNoTokenIsEverUnknown()
    {
        await using RunningHelper first = await StartAsync(First, "--ensure-app", "shop");
        ShareAuthorities();
        await using RunningHelper second = await StartAsync(Second);
        TransformResult before = await first.EncryptAsync("shop", "secret");
        using var stop = new CancellationTokenSource();
        Task<int> opening = OpenAllAsync(first, second, stop.Token);
        Assert.Equal(0, (await first.AskAsync("keys", "rotate", "shop")).Code);
        long rotated = Stopwatch.GetTimestamp();
        string keyId = TokenKeys.IdOf(await first.EncryptAsync("shop", "secret"));
        Assert.NotEqual(TokenKeys.IdOf(before), keyId);
        while (TokenKeys.IdOf(await second.EncryptAsync("shop", "secret")) != keyId)
            Assert.True(Stopwatch.GetElapsedTime(rotated) < TimeSpan.FromSeconds(1), "the key is not used by the other helper's engine after a second");
        await stop.CancelAsync();
        Assert.True(await opening > 0);

        // And the other way round, with an app.
        Assert.Equal(0, (await second.AskAsync("apps", "create", "blog")).Code);
        Assert.Equal(ErrorCode.None, (await first.DecryptAsync("blog", (await second.EncryptAsync("blog", "x")).Value)).Code);
    }

    [Fact]
    public async Task Helper_Killed_ChangesNothingForTheOther()
    {
        await using RunningHelper first = await StartAsync(First, "--ensure-app", "shop");
        ShareAuthorities();
        await using RunningHelper second = await StartAsync(Second);
        TransformResult token = await first.EncryptAsync("shop", "secret");
        first.Program.Kill();
        await first.Program.WaitForExitAsync();
        Assert.Equal(ErrorCode.None, (await second.DecryptAsync("shop", token.Value)).Code);
        Assert.Equal(ErrorCode.None, (await second.EncryptAsync("shop", "secret")).Code);
        Assert.Equal(0, (await second.AskAsync("keys", "rotate", "shop")).Code);
        TransformResult after = await second.EncryptAsync("shop", "secret");
        Assert.NotEqual(TokenKeys.IdOf(token), TokenKeys.IdOf(after));
        await using RunningHelper again = await StartAsync(First);
        Assert.Equal(ErrorCode.None, (await again.DecryptAsync("shop", after.Value)).Code);
    }

    [Fact]
    public async Task Helpers_StartedAtOnceOnAnEmptyStore_EndWithOneRoot()
    {
        await using (RunningHelper template = await RunningHelper.StartReadyAsync(First))
            await template.EndAsync();
        ShareAuthorities();
        File.Delete(Path.Combine(First, "trust.json"));
        File.Delete(Path.Combine(First, "state.db"));
        RunningHelper[] helpers = await Task.WhenAll(StartAsync(First), StartAsync(Second));
        await using RunningHelper first = helpers[0], second = helpers[1];
        Assert.Equal(1, first.Count("E3 3007") + second.Count("E3 3007"));
        Assert.Equal(0, (await first.AskAsync("apps", "create", "shop")).Code);
        Assert.Equal(ErrorCode.None, (await second.DecryptAsync("shop", (await first.EncryptAsync("shop", "secret")).Value)).Code);
    }

    [Fact]
    public async Task Apps_CreatedOnBothAtOnce_HaveOneOrder()
    {
        await using RunningHelper first = await StartAsync(First);
        ShareAuthorities();
        await using RunningHelper second = await StartAsync(Second);
        string[] names = ["one", "two", "three", "four"];
        (int Code, string Output, string Errors)[] results = await Task.WhenAll(names.SelectMany(name => (Task<(int, string, string)>[])[first.AskAsync("apps", "create", name), second.AskAsync("apps", "create", name)]));
        Assert.All(results, static result => Assert.True(result.Code == 0 || result.Errors == "Refused: the app exists already.", result.Errors));
        Assert.Equal(names.Length, results.Count(static result => result.Code == 0));
        foreach (string name in names)
            Assert.Equal(ErrorCode.None, (await second.DecryptAsync(name, (await first.EncryptAsync(name, "secret")).Value)).Code);
    }

    [Fact]
    public async Task Root_ReplacedOnOne_IsTakenOverByTheOther()
    {
        string order = _folder.PathOf("order.e3doc");
        await using RunningHelper first = await StartAsync(First, "--ensure-app", "shop");
        ShareAuthorities();
        await using RunningHelper second = await StartAsync(Second);
        TransformResult before = await first.EncryptAsync("shop", "secret");
        Assert.Equal(0, (await RunningHelper.RunAsync(["root", "order", "--out", order, "--state", First], "Development")).Code);
        Assert.Equal(0, (await first.AskAsync("root", "rewrap", "--order", order, "--yes")).Code);
        Assert.Equal(ErrorCode.None, (await second.DecryptAsync("shop", before.Value)).Code);
        await second.UntilAsync("E3 3023", 1);
        Assert.Equal(0, (await second.AskAsync("apps", "create", "blog")).Code);
        Assert.Equal(ErrorCode.None, (await first.DecryptAsync("blog", (await second.EncryptAsync("blog", "x")).Value)).Code);
        Assert.Equal(ErrorCode.None, (await second.DecryptAsync("shop", before.Value)).Code);
    }

    private Task<RunningHelper> StartAsync(string state, params string[] more) => RunningHelper.StartReadyAsync(state, ["--store", $"postgresql:{_database}", .. more]);

    // Helpers of one fleet have one administrator, one KMS key and one measured configuration.
    private void ShareAuthorities()
    {
        string from = Path.Combine(First, "simulated"), to = Path.Combine(Second, "simulated");
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from).Where(static file => !file.EndsWith(".sock", StringComparison.Ordinal)))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }

    private static async Task<int> OpenAllAsync(RunningHelper first, RunningHelper second, CancellationToken stop)
    {
        int opened = 0;
        for (; !stop.IsCancellationRequested; opened++)
        {
            TransformResult token = await first.EncryptAsync("shop", "secret");
            TransformResult back = await second.DecryptAsync("shop", token.Value);
            Assert.Equal((ErrorCode.None, "secret"), (back.Code, Encoding.UTF8.GetString(back.Value.Span)));
        }

        return opened;
    }
}
