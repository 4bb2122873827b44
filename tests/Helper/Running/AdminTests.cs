using System.Text.Json;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Testing;

namespace E3.Relay.Helper.Tests.Running;

[Collection(nameof(RunningHelper))]
public sealed class AdminTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string State => _folder.PathOf("s");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Commands_OverTheExecutable_DoWhatTheySay()
    {
        await using RunningHelper helper = await RunningHelper.StartReadyAsync(State);
        Assert.Equal((0, "", ""), await helper.AskAsync("apps", "list"));
        Assert.Equal((0, "App shop created.", ""), await helper.AskAsync("apps", "create", "shop"));
        Assert.Equal((1, "", "Refused: the app exists already."), await helper.AskAsync("apps", "create", "shop"));
        Assert.Equal((0, "shop", ""), await helper.AskAsync("apps", "list"));
        Assert.Equal((1, "", "Refused: there is no such app."), await helper.AskAsync("keys", "show", "blog"));
        foreach (string name in (string[])["Shop", "a/b", "..%2f", "*", new('a', 65)])
        {
            (int code, _, string errors) = await helper.AskAsync("apps", "create", name);
            Assert.True(code == 1 && errors.StartsWith("Refused:", StringComparison.Ordinal), $"{name}: {code} {errors}");
        }

        Assert.Equal((0, "shop", ""), await helper.AskAsync("apps", "list"));
        Assert.Equal(ErrorCode.None, (await helper.EncryptAsync("shop", "value")).Code);
    }

    [Fact]
    public async Task Keys_Shown_ArePublicPointsOnly()
    {
        await using RunningHelper helper = await RunningHelper.StartReadyAsync(State, "--ensure-app", "shop");
        (int code, string output, _) = await helper.AskAsync("keys", "show", "shop", "--json");
        Assert.Equal(0, code);
        using JsonDocument report = JsonDocument.Parse(output);
        Assert.Equal("shop", report.RootElement.GetProperty("app").GetString());
        JsonElement[] keys = [.. report.RootElement.GetProperty("keys").EnumerateArray()];
        Assert.Equal(["random", "deterministic", "format-preserving", "hash", "client-p256", "client-secp256k1"], keys.Select(static key => key.GetProperty("purpose").GetString()!));
        Assert.All(keys[..4], static key => Assert.False(key.TryGetProperty("publicKey", out _)));
        foreach (JsonElement key in keys[4..])
        {
            byte[] point = key.GetProperty("publicKey").GetBytesFromBase64();
            Assert.Equal(65, point.Length);
            Assert.Equal(4, point[0]);
        }

        Assert.Equal(6, keys.Select(static key => key.GetProperty("keyId").GetString()!).Distinct().Count());
        (_, string table, _) = await helper.AskAsync("keys", "show", "shop");
        Assert.Equal(6, table.Split('\n').Length);
    }

    [Fact]
    public async Task Apps_CreatedAtOnce_HaveOneOrder()
    {
        await using RunningHelper helper = await RunningHelper.StartReadyAsync(State);
        string[] names = ["one", "two", "three", "one", "two"];
        (int Code, string Output, string Errors)[] results = await Task.WhenAll(names.Select(name => helper.AskAsync("apps", "create", name)));
        Assert.Equal(3, results.Count(static result => result.Code == 0));
        Assert.Equal(2, results.Count(static result => result.Errors.Contains("exists already", StringComparison.Ordinal)));
        Assert.Equal(18, (await helper.StatusAsync()).GetProperty("entries").GetInt32());
        foreach (string name in names.Distinct())
            Assert.Equal(ErrorCode.None, (await helper.EncryptAsync(name, "value")).Code);

        await helper.EndAsync();
        await using RunningHelper again = await RunningHelper.StartReadyAsync(State);
        Assert.Equal((0, "one\nthree\ntwo", ""), await again.AskAsync("apps", "list"));
        Assert.Equal(ErrorCode.None, (await again.EncryptAsync("two", "value")).Code);
    }

    // Whatever of it was stored is loaded by the next engine, and nothing is in between.
    [Fact]
    public async Task Helper_KilledWhileAppsAreCreated_ComesBackWhole()
    {
        await using (RunningHelper helper = await RunningHelper.StartReadyAsync(State))
        {
            Task<(int, string, string)>[] asking = [.. Enumerable.Range(0, 6).Select(i => helper.AskAsync("apps", "create", $"app-{i}"))];
            await helper.Program.WaitForLineAsync("E3 3009");
            helper.Program.Kill();
            await helper.Program.WaitForExitAsync();
            await Task.WhenAll(asking);
        }

        await using RunningHelper again = await RunningHelper.StartReadyAsync(State, "--ensure-app", "late");
        string[] apps = (await again.AskAsync("apps", "list")).Output.Split('\n');
        Assert.InRange(apps.Length, 2, 7);
        Assert.Equal(6 * apps.Length, (await again.StatusAsync()).GetProperty("entries").GetInt32());
        foreach (string app in apps)
            Assert.Equal(ErrorCode.None, (await again.EncryptAsync(app, "value")).Code);
    }

    [Fact]
    public async Task Commands_WithoutAHelper_SaySo()
    {
        foreach (string[] command in (string[][])[["status"], ["apps", "list"], ["apps", "create", "shop"], ["keys", "show", "shop"]])
        {
            (int code, string output, string errors) = await RunningHelper.RunAsync([.. command, "--state", State]);
            Assert.Equal((int)ExitCode.NotRunning, code);
            Assert.Empty(output);
            Assert.StartsWith("No helper answers", errors, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("run", "--nonsense")]
    [InlineData("nonsense")]
    [InlineData("apps")]
    [InlineData("apps", "create")]
    public async Task Commands_NotUnderstood_AreRefused(params string[] command) => Assert.Equal((int)ExitCode.Refused, (await RunningHelper.RunAsync(command, "Development")).Code);

    [Fact]
    public async Task Run_EnsuringABadName_IsRefused()
    {
        (int code, _, string errors) = await RunningHelper.RunAsync(["run", "--state", State, "--ensure-app", "No Such"], "Development");
        Assert.Equal((int)ExitCode.Refused, code);
        Assert.Contains("No Such", errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(State));
    }

    // The settings file of the proxy lies in the folder that the helper is started in.
    [Fact]
    public async Task Settings_OfAnotherProgram_AreNotRead()
    {
        File.WriteAllText(_folder.PathOf("appsettings.json"), "{\"Urls\":\"http://127.0.0.1:1\",\"Kestrel\":{\"Endpoints\":{\"a\":{\"Url\":\"http://127.0.0.1:1\"}}}}");
        await using ChildProgram program = ChildProgram.Start(
            Path.Combine(AppContext.BaseDirectory, "E3.Relay.Helper"),
            ["run", "--parent-stdin"],
            new Dictionary<string, string?> { ["DOTNET_ENVIRONMENT"] = "Development", ["ASPNETCORE_URLS"] = "http://127.0.0.1:1" },
            _folder.Path);
        await program.WaitForLineAsync(RunningHelper.Ready);
        Assert.True(File.Exists(_folder.PathOf(".e3", "helper.sock")));
    }
}
