using E3.Relay.Proxy.Configuration;
using E3.Relay.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;

namespace E3.Relay.Proxy.Tests;

public sealed class OptionsTests
{
    private const string Minimal = """
        {"Relay": {
          "Listeners": {"public": {"Address": "http://127.0.0.1:8080", "Rules": ["rules/a.yaml"], "RequestCaller": "requests", "ResponseCaller": "masked"}},
          "Management": {"Address": "http://localhost:8081"},
          "Enclave": {"Address": "unix:.e3/enclave.sock", "Trust": ".e3/trust.json", "Callers": ".e3/callers"}
        }}
        """;

    [Fact]
    public void Settings_OfTheRepository_AreValid()
    {
        string root = Repository.Root;
        using ConfigurationManager configuration = new();
        configuration.AddJsonFile(Path.Combine(root, "appsettings.json")).AddJsonFile(Path.Combine(root, "appsettings.Development.json"));
        Assert.Empty(RelayOptionsReader.Read(configuration, new TestEnvironment(root, "Development"), out RelayOptions options));
        Assert.Equal(["requests", "masked", "readers"], options.Callers);
        Assert.Equal(Path.Combine(root, "samples/checkout/rules/public.yaml"), Assert.Single(options.Listeners[0].Rules));
        Assert.Equal(2, options.Programs.Count);
        Assert.Empty(SimulatedTrust.Judge(options, new TestEnvironment(root, "Development")));
    }

    [Fact]
    public void Settings_WithRelativePaths_AreRelativeToTheContentRoot()
    {
        Assert.Empty(Read(Minimal, out RelayOptions options));
        Assert.Equal("/srv/relay/rules/a.yaml", Assert.Single(options.Listeners[0].Rules));
        Assert.Equal("/srv/relay/.e3/trust.json", options.Enclave?.TrustPath);
        Assert.Equal("unix:/srv/relay/.e3/enclave.sock", options.Enclave?.Address.Text);
        Assert.Equal(1 << 20, options.Limits.BodyBytesMax);
        Assert.Equal("127.0.0.1:8081", options.Management.ToString());
    }

    [Fact]
    public void Settings_WithManyMistakes_AreAllReportedAtOnce()
    {
        IReadOnlyList<string> problems = Read(
            """
            {"Relay": {
              "Listeners": {
                "a": {"Address": "https://127.0.0.1:8080"},
                "b": {"Address": "http://127.0.0.1:8081", "Rules": ["x.yaml"], "RequestCaller": "Not A Name"},
                "c": {"Address": "http://127.0.0.1:8081", "Rule": ["x.yaml"]}
              },
              "Limits": {"BodyBytesMax": "big", "DepthMax": 0, "BodyByteMax": 5},
              "Enclave": {"Address": "http://somewhere", "Callers": "c", "Connections": 1000},
              "Start": {"Programs": [{"Name": "E3.Relay.Helper"}]},
              "Typo": 1
            }}
            """,
            out _,
            "Production");
        Assert.Equal(
            [
                "Relay:Listeners:a:Address must be http:// with an IP address or localhost and a port, for example http://127.0.0.1:8080.",
                "Relay:Listeners:b:RequestCaller must be 1 to 64 of a-z, 0-9, '-', '_' and '.'.",
                "Relay:Listeners:b:ResponseCaller is missing; for example requests.",
                "Relay:Listeners:c:Rule is no setting of E3 Relay.",
                "Relay:Management:Address is missing; for example http://127.0.0.1:8080.",
                "Relay: the address 127.0.0.1:8081 is given to 2 listeners; each needs its own.",
                "Relay:Limits:BodyBytesMax must be a whole number from 1 to 67108864.",
                "Relay:Limits:DepthMax must be a whole number from 1 to 512.",
                "Relay:Limits:BodyByteMax is no setting of E3 Relay.",
                "Relay:Enclave:Address must be unix:PATH (at most 107 bytes) or vsock:CID:PORT.",
                "Relay:Enclave:Trust is missing; for example .e3/trust.json.",
                "Relay:Enclave:Connections must be a whole number from 1 to 64.",
                "Relay:Start:Programs is for Development only; elsewhere the engine runs by itself and Relay:Enclave:Address says where.",
                "Relay:Typo is no setting of E3 Relay.",
            ],
            problems);
    }

    [Fact]
    public void Settings_Empty_NameWhatIsMissing()
    {
        IReadOnlyList<string> problems = Read("{}", out _);
        Assert.Contains(problems, problem => problem.StartsWith("Relay:Listeners names no listener", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.StartsWith("Relay:Management:Address is missing", StringComparison.Ordinal));
    }

    [Fact]
    public void Settings_WithoutRules_NeedNoEngine()
    {
        Assert.Empty(Read("""{"Relay": {"Listeners": {"a": {"Address": "http://0.0.0.0:80"}}, "Management": {"Address": "http://[::1]:8081"}}}""", out RelayOptions options));
        Assert.Null(options.Enclave);
        Assert.Empty(options.Callers);
    }

    [Theory]
    [InlineData("Development", "http://127.0.0.1:8080", true)]
    [InlineData("Development", "http://[::1]:8080", true)]
    [InlineData("Development", "http://0.0.0.0:8080", false)]
    [InlineData("Development", "http://10.0.0.1:8080", false)]
    [InlineData("Production", "http://127.0.0.1:8080", false)]
    [InlineData("Staging", "http://127.0.0.1:8080", false)]
    public void SimulatedRoot_OutsideDevelopmentOnLoopback_IsRefusedWithACode(string environment, string address, bool accepted)
    {
        string settings = Minimal.Replace("http://127.0.0.1:8080", address, StringComparison.Ordinal)
            .Replace("\"Trust\"", "\"SimulatedRoot\": \"root.der\", \"Trust\"", StringComparison.Ordinal);
        Assert.Empty(Read(settings, out RelayOptions options, environment));
        IReadOnlyList<string> problems = SimulatedTrust.Judge(options, new TestEnvironment("/srv/relay", environment));
        Assert.Equal(accepted, problems.Count == 0);
        Assert.All(problems, problem => Assert.StartsWith("simulated-trust-refused: ", problem, StringComparison.Ordinal));

        settings = settings.Replace("\"SimulatedRoot\": \"root.der\"", "\"Emulated\": true", StringComparison.Ordinal);
        Assert.Empty(Read(settings, out options, environment));
        Assert.Equal(problems.Count, SimulatedTrust.Judge(options, new TestEnvironment("/srv/relay", environment)).Count);
    }

    [Theory]
    [InlineData("""{"simulatedRoot": "AAAA"}""", false)]
    [InlineData("""{"simulatedRoot": null}""", true)]
    [InlineData("""{"emulated": true}""", false)]
    [InlineData("""{"emulated": false}""", true)]
    [InlineData("""{"fleetId": "00"}""", true)]
    [InlineData("no json", true)]
    public void TrustFile_WithASimulatedRootThatTheSettingsDoNotAllow_IsRefusedWithACode(string trust, bool accepted)
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder.PathOf(".e3"));
        File.WriteAllText(folder.PathOf(".e3", "trust.json"), trust);
        Assert.Empty(Read(Minimal, out RelayOptions options, "Development", folder.Path));
        Assert.Equal(accepted, SimulatedTrust.Judge(options, new TestEnvironment(folder.Path, "Development")).Count == 0);
    }

    private static IReadOnlyList<string> Read(string json, out RelayOptions options, string environment = "Development", string root = "/srv/relay")
    {
        using ConfigurationManager configuration = new();
        configuration.AddJsonStream(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(json)));
        return RelayOptionsReader.Read(configuration, new TestEnvironment(root, environment), out options);
    }

    private sealed class TestEnvironment(string root, string name) : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = name;

        public string ApplicationName { get; set; } = "test";

        public string ContentRootPath { get; set; } = root;

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
