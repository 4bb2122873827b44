using System.Text.Json;
using E3.Relay.Benchmarks.Bodies;
using E3.Relay.Testing;

namespace E3.Relay.Benchmarks.Proxy;

/// <summary>The relay as it is shipped, with its helper and a simulated enclave, on a state folder and settings of its own.</summary>
internal sealed class RelayTarget : IProxyTarget
{
    private const string Assembly = "E3.Relay.Proxy";

    private readonly TempFolder _folder = new();
    private readonly ChildProgram _proxy;

    private const string OneField = $$"""
        app: shop
        unmatched: pass
        rules:
          - id: card-in
            match: { path: "{{ProxyArea.RulePath}}/**", methods: [POST] }
            request:
              - encrypt: { json: [$.card.number] }
                role: card
        """;

    private RelayTarget(Uri upstream, int management, string rules)
    {
        File.WriteAllText(_folder.PathOf("rules.yaml"), rules);
        File.WriteAllText(_folder.PathOf("appsettings.json"), Settings(upstream, Port, management));
        _proxy = ChildProgram.Start(
            ServedChild.ThisProgram, [Guard.Argument, StartedPrograms.PathOf(Assembly)], new Dictionary<string, string?> { ["DOTNET_ENVIRONMENT"] = "Development" }, _folder.Path);
    }

    public string Name => "E3 Relay";

    public int Port { get; } = LoopbackPort.Take();

    public bool Encrypts => true;

    /// <summary>The helper's state folder.</summary>
    public string State => _folder.PathOf("s");

    /// <summary>The processes of the proxy and of the engine.</summary>
    public (int Proxy, int Engine) FindProcesses()
    {
        int proxy = ResidentMemory.ChildOf(_proxy.Id, Assembly);
        return (proxy, ResidentMemory.ChildOf(ResidentMemory.ChildOf(proxy, "E3.Relay.Helper"), "E3.Relay.Enclave.Host"));
    }

    /// <summary>Starts the relay and waits until it is ready.</summary>
    /// <param name="upstream">Where it forwards to.</param>
    /// <param name="rules">Its rules; one that encrypts a field when not given.</param>
    public static async Task<RelayTarget> StartAsync(Uri upstream, string rules = OneField)
    {
        int management = LoopbackPort.Take();
        var target = new RelayTarget(upstream, management, rules);
        try
        {
            await HttpWait.ForOkAsync(new Uri($"http://127.0.0.1:{management}/health/ready"), program: target._proxy);
            return target;
        }
        catch
        {
            await target.DisposeAsync();
            throw;
        }
    }

    /// <summary>The garbage collector's kind that the shipped proxy runs with, for those that it is compared with.</summary>
    public static IReadOnlyDictionary<string, string?> GarbageCollection()
    {
        using JsonDocument configuration = JsonDocument.Parse(File.ReadAllBytes(StartedPrograms.PathOf(Assembly) + ".runtimeconfig.json"));
        bool isServer = configuration.RootElement.GetProperty("runtimeOptions").TryGetProperty("configProperties", out JsonElement properties)
            && properties.TryGetProperty("System.GC.Server", out JsonElement server) && server.GetBoolean();
        return new Dictionary<string, string?> { ["DOTNET_gcServer"] = isServer ? "1" : "0" };
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        _folder.Dispose();
    }

    private static string Settings(Uri upstream, int port, int management) => $$"""
        {
          "Relay": {
            "Listeners": {
              "public": { "Address": "http://127.0.0.1:{{port}}", "Rules": ["rules.yaml"], "RequestCaller": "requests", "ResponseCaller": "readers" }
            },
            "Limits": { "StreamedBodyBytesMax": 4294967296 },
            "Management": { "Address": "http://127.0.0.1:{{management}}" },
            "Enclave": { "Address": "unix:s/enclave.sock", "Trust": "s/trust.json", "Callers": "s/callers", "SimulatedRoot": "s/simulated/nsm-root.der" },
            "Start": { "Programs": [{ "Name": "E3.Relay.Helper", "Arguments": ["run", "--state", "s", "--parent-stdin", "--ensure-app", "shop"] }] }
          },
          "ReverseProxy": {
            "Routes": { "all": { "ClusterId": "upstream", "Match": { "Path": "{**path}" } } },
            "Clusters": { "upstream": { "Destinations": { "one": { "Address": "{{upstream}}" } } } }
          }
        }
        """;
}
