using System.Text;
using System.Text.Json;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Helper.Keys;
using E3.Relay.Helper.Tests.Eif;
using E3.Relay.Testing;

namespace E3.Relay.Helper.Tests.Running;

/// <summary>A fleet with three administrators of whom two must sign, and a key file in the place of KMS: every step by the commands that people use. Only the enclave is simulated.</summary>
[Collection(nameof(RunningHelper))]
public sealed class AdministeredTests : IDisposable
{
    private const string Development = "Development";
    private static readonly JsonSerializerOptions WithoutNulls = new() { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull };
    private readonly TempFolder _folder = new();

    private string State => In("s");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Fleet_SetUpByItsAdministrators_ServesAndSurvivesARestart()
    {
        await SetUpAsync();
        TransformResult token;
        await using (RunningHelper helper = Start())
        {
            await helper.Program.WaitForLineAsync("E3 3008 state refused, never ready: genesis: a root key was made");
            Assert.Equal("refused", (await helper.StatusAsync()).GetProperty("condition").GetString());
            await SignGenesisAsync();
            (int early, _, string errors) = await RunAsync("genesis", "accept", In("genesis1"), "--config", In("configuration.json"), "--state", State);
            Assert.Equal((1, true), (early, errors.Contains("signatures of 1 administrators and needs 2", StringComparison.Ordinal)));
            await OkAsync(["admin", "countersign", In("genesis1"), "--request", Path.Combine(State, "genesis-request.json"), "--measurements", In("measurements2"), "--simulated-root", SimulatedRoot, .. By(2), "--out", In("genesis2")]);
            await OkAsync("genesis", "accept", In("genesis2"), "--config", In("configuration.json"), "--state", State);
            await helper.Program.WaitForLineAsync(RunningHelper.Ready);
            Assert.Equal((0, "App shop created.", ""), await helper.AskAsync("apps", "create", "shop"));
            token = await EncryptAsync(helper, "4111111111111111");
            Assert.Equal(0, await helper.EndAsync());
            Assert.Equal(0, helper.Count("simulated administrator"));
        }

        await using RunningHelper again = Start();
        await again.Program.WaitForLineAsync(RunningHelper.Ready);
        TransformResult opened = await again.TransformAsync("web", TransformOperation.Decrypt, "shop", token.Value);
        Assert.Equal("4111111111111111", Encoding.UTF8.GetString(opened.Value.Span));
        Assert.Equal(0, await again.EndAsync());
    }

    // In production, and as far as a machine without enclaves can go.
    [Fact]
    public async Task Fleet_InEnclavesOnAMachineWithoutAny_SaysWhatToDo()
    {
        if (File.Exists("/dev/nitro_enclaves"))
        {
            Assert.Skip("This machine has enclaves.");
            return;
        }

        await SetUpAsync(inEnclaves: true);
        (int code, _, string errors) = await RunningHelper.RunAsync(["run", "--settings", In("settings.json"), "--state", State], "Production");
        Assert.Equal((int)ExitCode.TeeUnavailable, code);
        Assert.True(errors.Contains("load the module", StringComparison.Ordinal) || errors.Contains("heartbeat cannot be listened for", StringComparison.Ordinal), errors);

        File.WriteAllText(In("settings.json"), File.ReadAllText(In("settings.json")).Replace("\"MemoryMiB\":64", "\"MemoryMiB\":63,\"Vcpus\":\"two\",\"Cid\":3,\"Debug\":true", StringComparison.Ordinal));
        (code, _, errors) = await RunningHelper.RunAsync(["run", "--settings", In("settings.json"), "--state", State], "Production");
        Assert.Equal((int)ExitCode.Refused, code);
        foreach (string part in (string[])["multiple of 2 MiB", "Vcpus is a whole number", "CIDs 1, 2, 3", "Debug is no setting"])
            Assert.Contains(part, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Genesis_WaitingForSignatures_OutlivesARestartWithTheSameRoot()
    {
        await SetUpAsync();
        byte[] request = [];
        for (int i = 0; i < 2; i++)
        {
            await using RunningHelper helper = Start();
            await helper.Program.WaitForLineAsync("E3 3008 state refused, never ready: genesis: a root key was made");
            byte[] now = File.ReadAllBytes(Path.Combine(State, "genesis-request.json"));
            Assert.True(i == 0 || request.AsSpan().SequenceEqual(now));
            request = now;
            Assert.Equal(0, await helper.EndAsync());
        }

        await SignGenesisAsync();
        await OkAsync(["admin", "countersign", In("genesis1"), "--request", Path.Combine(State, "genesis-request.json"), "--measurements", In("measurements2"), "--simulated-root", SimulatedRoot, .. By(3), "--out", In("genesis2")]);
        await OkAsync("genesis", "accept", In("genesis2"), "--config", In("configuration.json"), "--state", State);
        await using RunningHelper last = Start();
        await last.Program.WaitForLineAsync(RunningHelper.Ready);
        Assert.Equal(0, await last.EndAsync());
    }

    [Fact]
    public async Task SignGenesis_EvidenceThatIsNotWhatItShouldBe_SignsNothing()
    {
        await SetUpAsync();
        await using (RunningHelper helper = Start())
        {
            await helper.Program.WaitForLineAsync("E3 3121 genesis");
            Assert.Equal(0, await helper.EndAsync());
        }

        string request = Path.Combine(State, "genesis-request.json");
        await RefusedAsync("carries another nonce", "--request", request, "--nonce", new string('7', 64), "--simulated-root", SimulatedRoot);
        await RefusedAsync("ChainUntrusted", "--request", request);
        await RefusedAsync("too long ago", "--request", request, "--simulated-root", SimulatedRoot, "--max-age-hours", "0");
        await RefusedAsync("NonceMismatch", "--request", Changed(request, "nonce", new string('7', 64)), "--simulated-root", SimulatedRoot);
        await RefusedAsync("UserDataMismatch", "--request", Changed(request, "tlsPublicKey", "AAAA"), "--simulated-root", SimulatedRoot);
        await RefusedAsync("not a genesis request", "--request", In("configuration.json"), "--simulated-root", SimulatedRoot);

        // Another image than the one that made it.
        string[] pcrs = (await OkAsync("admin", "measure-program", "--config", In("configuration.json"))).Split('\n');
        await SignMeasurementsAsync([pcrs[1].Split(' ')[1], pcrs[1].Split(' ')[1], new('a', 96)]);
        await RefusedAsync("MeasurementNotAccepted", "--request", request, "--simulated-root", SimulatedRoot);
        Assert.False(File.Exists(In("none")));

        async Task RefusedAsync(string reason, params string[] options)
        {
            (int code, _, string errors) = await RunAsync(["admin", "sign-genesis", "--measurements", In("measurements2"), .. options, .. By(1), "--out", In("none")]);
            Assert.True(code == 1 && errors.Contains(reason, StringComparison.Ordinal), $"{code} {errors}");
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Production")]
    public async Task Run_ProcessDriverOutsideDevelopment_IsRefusedWithAllThatIsWrong(string? environment)
    {
        File.WriteAllText(In("bad.json"), """{"Helper": {"Tee": "process", "Measurments": "x", "KeyAuthority": {"Kind": "aws-kms", "ServiceUrl": "http://kms.example"}}}""");
        (int code, string output, string errors) = await RunningHelper.RunAsync(["run", "--settings", In("bad.json"), "--state", State], environment);
        Assert.Equal(1, code);
        Assert.Empty(output);
        foreach (string part in (string[])["'process' protects nothing", "Helper:MeasuredConfiguration is missing", "Helper:Measurements is missing", "Helper:Caller is missing", "Helper:Measurments is no setting", "KeyAuthority:ServiceUrl", "KeyAuthority:KeyId is missing"])
            Assert.Contains(part, errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(State));
    }

    // The SDK's own search for credentials and region, on a machine that has none.
    [Theory]
    [InlineData("""{"Kind": "aws-kms", "KeyId": "alias/x"}""", "Helper:KeyAuthority:Region is missing")]
    [InlineData("""{"Kind": "aws-kms", "KeyId": "alias/x", "Region": "eu-west-1", "ServiceUrl": "http://127.0.0.1:9"}""", "CredentialsMissing")]
    public async Task Run_AwsKmsWithoutRegionOrCredentials_SaysSo(string keyAuthority, string expected)
    {
        await SetUpAsync();
        var settings = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(In("settings.json")))!;
        settings["Helper"]!["KeyAuthority"] = System.Text.Json.Nodes.JsonNode.Parse(keyAuthority);
        File.WriteAllText(In("settings.json"), settings.ToJsonString());
        await using ChildProgram program = ChildProgram.Start(
            Path.Combine(AppContext.BaseDirectory, "E3.Relay.Helper"), ["run", "--state", State, "--settings", In("settings.json"), "--parent-stdin"],
            new Dictionary<string, string?>
            {
                ["DOTNET_ENVIRONMENT"] = Development,
                ["HOME"] = _folder.Path,
                ["AWS_EC2_METADATA_DISABLED"] = "true",
                ["AWS_REGION"] = null,
                ["AWS_DEFAULT_REGION"] = null,
                ["AWS_ACCESS_KEY_ID"] = null,
                ["AWS_PROFILE"] = null,
            });
        await TimeBound.UntilAsync(() => program.Output.Concat(program.Errors).Any(line => line.Contains(expected, StringComparison.Ordinal)), $"'{expected}'\n{program.Transcript}", TimeSpan.FromSeconds(60));
        Assert.DoesNotContain(program.Output, static line => line.Contains(RunningHelper.Ready, StringComparison.Ordinal));
    }

    private string SimulatedRoot => Path.Combine(State, "simulated", "nsm-root.der");

    private string In(string name) => _folder.PathOf(name);

    private RunningHelper Start() => RunningHelper.StartWithCredentials(State, _folder.Path, "--settings", In("settings.json"));

    private string[] By(int administrator) => ["--key", In($"admin{administrator}.key"), "--passphrase", "credential:admin", "--config", In("configuration.json"), "--yes"];

    // Administrators, a root authority in a file, a configuration, accepted images, and the grants of the helper and of one application.
    private async Task SetUpAsync(bool inEnclaves = false)
    {
        File.WriteAllText(In("admin"), "an administrator's passphrase\n");
        File.WriteAllText(In("root"), "the root authority's passphrase\n");
        var keys = new List<string>();
        foreach (int number in (int[])[1, 2, 3])
            keys.Add((await OkAsync("admin", "keygen", In($"admin{number}.key"), "--passphrase", "credential:admin")).Split('\n')[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)[2]);
        string root = await OkAsync("key-authority", "create-file", In("root.key"), "--bits", "2048", "--passphrase", "credential:root");
        await OkAsync(["admin", "configure", In("configuration.json"), .. keys.SelectMany(static key => (string[])["--administrator", key]), "--threshold", "2", "--kms-key", root, .. inEnclaves ? (string[])[] : ["--simulated"]]);
        string[] measure = inEnclaves ? BuildImage() : ["admin", "measure-program", "--config", In("configuration.json")];
        string[] pcrs = [.. (await OkAsync(measure)).Split('\n').Select(static line => line.Split(' ')[1])];
        File.WriteAllText(In("policy.json"), KeyPolicy.For(Convert.FromHexString(pcrs[0]), Convert.FromHexString(pcrs[2])).Write());
        await SignMeasurementsAsync(pcrs);
        Directory.CreateDirectory(In("s"), Helper.State.PrivateFile.FolderMode);
        await GrantAsync("helper", "\"kind\": \"helper\"");
        await GrantAsync("web", """ "kind": "application", "apps": ["shop"], "roles": ["card"], "operations": ["encrypt", "decrypt", {"mask": [0, 4]}] """);
        File.WriteAllText(In("settings.json"), JsonSerializer.Serialize(new
        {
            Helper = new
            {
                Tee = inEnclaves ? "nitro" : "process",
                Nitro = inEnclaves ? new { Image = In("e3.eif"), MemoryMiB = 64 } : null,
                MeasuredConfiguration = In("configuration.json"),
                Measurements = In("measurements2"),
                Caller = Path.Combine(State, "callers", "helper"),
                KeyAuthority = new { Kind = "key-file", File = In("root.key"), Passphrase = "credential:root", Policy = In("policy.json") },
            },
        }, WithoutNulls));
    }

    private string[] BuildImage()
    {
        File.WriteAllBytes(In("kernel"), EifSamples.Kernel("6.12"));
        File.WriteAllBytes(In("engine"), EifSamples.Program(interpreted: false));
        return ["eif", "build", "--kernel", In("kernel"), "--engine", In("engine"), "--config", In("configuration.json"), "--out", In("e3.eif")];
    }

    private async Task SignMeasurementsAsync(string[] pcrs)
    {
        File.WriteAllText(In("measurements.json"), $$$"""{"serial": 1, {{{Times}}}, "images": [{"name": "test", "pcrs": {"0": "{{{pcrs[0]}}}", "1": "{{{pcrs[1]}}}", "2": "{{{pcrs[2]}}}"}}]}""");
        await OkAsync(["admin", "sign-measurements", In("measurements.json"), .. By(1), "--out", In("measurements1")]);
        Assert.Equal(1, (await RunAsync("admin", "show", In("measurements1"), "--config", In("configuration.json"))).Code);
        await OkAsync(["admin", "countersign", In("measurements1"), .. By(3), "--out", In("measurements2")]);
        Assert.Contains("2 of 2 needed", await OkAsync("admin", "show", In("measurements2"), "--config", In("configuration.json")), StringComparison.Ordinal);
    }

    private async Task GrantAsync(string name, string what)
    {
        string folder = Path.Combine(State, "callers", name);
        Helper.State.PrivateFile.CreateFolder(Path.Combine(State, "callers"));
        string key = (await OkAsync("caller", "create", folder)).Split('\n')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries)[2];
        File.WriteAllText(In("grant.json"), $$"""{"name": "{{name}}", "publicKey": "{{key}}", {{Times}}, {{what}}}""");
        string shown = await OkAsync(["admin", "sign-grant", In("grant.json"), .. By(1), "--out", Path.Combine(folder, "grant.e3doc")]);
        Assert.Contains($"GRANT: lets '{name}'", shown, StringComparison.Ordinal);
        File.SetUnixFileMode(Path.Combine(folder, "grant.e3doc"), Helper.State.PrivateFile.Mode);
    }

    private static string Times => $"\"notBefore\": \"{TimeProvider.System.GetUtcNow().AddHours(-1):O}\", \"notAfter\": \"{TimeProvider.System.GetUtcNow().AddDays(1):O}\"";

    private Task SignGenesisAsync() => OkAsync(
        ["admin", "sign-genesis", "--request", Path.Combine(State, "genesis-request.json"), "--measurements", In("measurements2"), "--simulated-root", SimulatedRoot, .. By(1), "--out", In("genesis1")]);

    private static Task<TransformResult> EncryptAsync(RunningHelper helper, string text) => helper.TransformAsync("web", TransformOperation.Encrypt, "shop", Encoding.UTF8.GetBytes(text));

    private string Changed(string file, string member, string value)
    {
        var root = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(file))!;
        root[member] = value;
        File.WriteAllText(In("changed.json"), root.ToJsonString());
        return In("changed.json");
    }

    private async Task<string> OkAsync(params string[] arguments)
    {
        (int code, string output, string errors) = await RunAsync(arguments);
        Assert.True(code == 0, $"{string.Join(' ', arguments)}\n{output}\n{errors}");
        return output;
    }

    private Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments) => RunningHelper.RunAsync(arguments, Development, _folder.Path);
}
