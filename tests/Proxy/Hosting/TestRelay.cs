using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using E3.Relay.Proxy.Ciphers;
using E3.Relay.Proxy.Configuration;
using E3.Relay.Proxy.Listeners;
using E3.Relay.Proxy.Observability;
using E3.Relay.Proxy.RuleFiles;
using E3.Relay.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace E3.Relay.Proxy.Tests.Hosting;

/// <summary>The whole proxy in this process: listeners "public" and "readers" with rules, "plain" without, an upstream, and a fake engine for each caller.</summary>
internal sealed class TestRelay : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly BoundSockets _sockets;
    private readonly ConcurrentQueue<string> _outcomes = new();
    private readonly MeterListener _meter = new();

    private TestRelay(WebApplication app, BoundSockets sockets, Upstream upstream, TempFolder folder, IReadOnlyDictionary<string, FakeCipher> ciphers, LogSink log)
    {
        (_app, _sockets, Upstream, Folder, Ciphers, Log) = (app, sockets, upstream, folder, ciphers, log);
        Client = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, AutomaticDecompression = DecompressionMethods.None });

        // Other tests run in the same process: only the meter of this relay counts.
        object scope = app.Services.GetRequiredService<IMeterFactory>();
        _meter.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "e3.relay.requests" && ReferenceEquals(instrument.Meter.Scope, scope))
                listener.EnableMeasurementEvents(instrument);
        };
        _meter.SetMeasurementEventCallback<long>((_, _, tags, _) =>
        {
            foreach (KeyValuePair<string, object?> tag in tags)
            {
                if (tag.Key == "outcome")
                    _outcomes.Enqueue((string)tag.Value!);
            }
        });
        _meter.Start();
    }

    public Upstream Upstream { get; }

    public TempFolder Folder { get; }

    public IReadOnlyDictionary<string, FakeCipher> Ciphers { get; }

    public FakeCipher Requests => Ciphers["requests"];

    public FakeCipher Masked => Ciphers["masked"];

    public FakeCipher Readers => Ciphers["readers"];

    public LogSink Log { get; }

    public HttpClient Client { get; }

    /// <summary>What became of every request until now.</summary>
    public IReadOnlyCollection<string> Outcomes => [.. _outcomes];

    public IServiceProvider Services => _app.Services;

    public int PublicPort => Port("public");

    public static async Task<TestRelay> StartAsync(
        string publicRules = TestRules.Public, string readersRules = TestRules.Readers, IReadOnlyDictionary<string, string?>? settings = null, Action<WebApplicationBuilder>? configure = null)
    {
        var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.PathOf("public.yaml"), publicRules);
        await File.WriteAllTextAsync(folder.PathOf("readers.yaml"), readersRules);
        Upstream upstream = await Upstream.StartAsync();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = folder.Path, EnvironmentName = "Development" });
        builder.Configuration.AddInMemoryCollection(Settings(upstream.Address));
        builder.Configuration.AddInMemoryCollection(settings ?? new Dictionary<string, string?>());
        builder.AddQuietLogging();
        var log = new LogSink();
        builder.Logging.AddProvider(log);
        configure?.Invoke(builder);
        Assert.Empty(RelayOptionsReader.Read(builder.Configuration, builder.Environment, out RelayOptions options));
        Dictionary<string, ListenerRules> rules = ProxyProgram.LoadRules(options, folder.Path, out IReadOnlyList<string> problems);
        Assert.Empty(problems);
        Assert.Null(BoundSockets.TryBind(ProxyHost.Addresses(options), out BoundSockets sockets));
        Dictionary<string, FakeCipher> ciphers = options.Callers.ToDictionary(caller => caller, _ => new FakeCipher());
        WebApplication app = ProxyHost.Build(builder, options, sockets, rules, new CipherTable(ciphers.ToDictionary(cipher => cipher.Key, IFieldCipher (cipher) => cipher.Value)));
        await app.StartAsync();
        return new TestRelay(app, sockets, upstream, folder, ciphers, log);
    }

    public int Port(string listener) => _sockets.EndPointOf(listener).Port;

    public Uri Uri(string listener, string path) => new($"http://127.0.0.1:{Port(listener)}{path}");

    /// <summary>Sends one raw request on a connection of its own and reads the answer.</summary>
    public async Task<RawHttpResponse> SendRawAsync(string request, string listener = "public", bool toHead = false)
    {
        using RawHttpConnection connection = await RawHttpConnection.ConnectAsync(Port(listener));
        await connection.SendAsync(request);
        return await connection.ReadResponseAsync(toHead: toHead) ?? throw new InvalidOperationException("The connection ended without an answer.");
    }

    /// <summary>Sends a request with a body.</summary>
    public async Task<HttpResponseMessage> PostAsync(string path, string body, string? contentType = "application/json", string listener = "public")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Uri(listener, path)) { Content = new ByteArrayContent(System.Text.Encoding.UTF8.GetBytes(body)) };
        if (contentType is not null)
            request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        return await Client.SendAsync(request);
    }

    public async Task<string> MetricsAsync() => await Client.GetStringAsync(Uri(ProxyHost.ManagementName, "/metrics"));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        _meter.Dispose();
        await _app.DisposeAsync();
        _sockets.Dispose();
        await Upstream.DisposeAsync();
        Folder.Dispose();
    }

    private static Dictionary<string, string?> Settings(string upstream) => new()
    {
        ["Relay:Listeners:public:Address"] = "http://127.0.0.1:0",
        ["Relay:Listeners:public:Rules:0"] = "public.yaml",
        ["Relay:Listeners:public:RequestCaller"] = "requests",
        ["Relay:Listeners:public:ResponseCaller"] = "masked",
        ["Relay:Listeners:readers:Address"] = "http://127.0.0.1:0",
        ["Relay:Listeners:readers:Rules:0"] = "readers.yaml",
        ["Relay:Listeners:readers:RequestCaller"] = "requests",
        ["Relay:Listeners:readers:ResponseCaller"] = "readers",
        ["Relay:Listeners:plain:Address"] = "http://127.0.0.1:0",
        ["Relay:Management:Address"] = "http://127.0.0.1:0",
        ["Relay:Enclave:Address"] = "unix:enclave.sock",
        ["Relay:Enclave:Trust"] = "trust.json",
        ["Relay:Enclave:Callers"] = "callers",
        ["Relay:Enclave:CallTimeoutMs"] = "1000",
        ["ReverseProxy:Routes:all:ClusterId"] = "upstream",
        ["ReverseProxy:Routes:all:Match:Path"] = "{**path}",
        ["ReverseProxy:Clusters:upstream:Destinations:one:Address"] = upstream,
    };
}
