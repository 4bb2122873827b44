using System.Diagnostics;
using System.Globalization;
using E3.Relay.Testing;

namespace E3.Relay.EndToEnd.Tests;

/// <summary>The shipped programs in processes of their own, with the shipped configuration, a state folder of their own and ephemeral ports.</summary>
internal sealed class RelayRun : IAsyncDisposable
{
    private RelayRun(ChildProgram proxy, int publicPort, int readersPort, int managementPort, int echoPort)
    {
        Proxy = proxy;
        Public = new Uri($"http://127.0.0.1:{publicPort}/");
        Readers = new Uri($"http://127.0.0.1:{readersPort}/");
        Management = new Uri($"http://127.0.0.1:{managementPort}/");
        Echo = new Uri($"http://127.0.0.1:{echoPort}/");
    }

    public static HttpClient Http { get; } = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(20) };

    public ChildProgram Proxy { get; }

    public Uri Public { get; }

    public Uri Readers { get; }

    public Uri Management { get; }

    public Uri Echo { get; }

    /// <summary>From the start of the proxy's process to 200 on <c>/health/ready</c>.</summary>
    public TimeSpan TimeToReady { get; private set; }

    /// <summary>Starts the proxy, which starts all others, and waits until it is ready.</summary>
    /// <param name="state">The state folder; the same one again for a restart.</param>
    /// <param name="upstreamPort">An upstream of the test's own instead of the sample.</param>
    /// <param name="publicRules">Rules of the test's own for the public listener.</param>
    /// <param name="readersRules">Rules of the test's own for the readers' listener.</param>
    /// <param name="more">Further settings, by the names of environment variables.</param>
    public static async Task<RelayRun> StartAsync(string state, int? upstreamPort = null, string? publicRules = null, string? readersRules = null, IReadOnlyDictionary<string, string>? more = null)
    {
        int[] ports = [LoopbackPort.Take(), LoopbackPort.Take(), LoopbackPort.Take(), LoopbackPort.Take()];
        var settings = new Dictionary<string, string?>
        {
            ["DOTNET_ENVIRONMENT"] = "Development",
            ["Relay__Listeners__public__Address"] = $"http://127.0.0.1:{ports[0]}",
            ["Relay__Listeners__readers__Address"] = $"http://127.0.0.1:{ports[1]}",
            ["Relay__Management__Address"] = $"http://127.0.0.1:{ports[2]}",
            ["Relay__Start__Programs__0__Arguments__2"] = state,
            ["Relay__Start__Programs__1__Arguments__2"] = $"http://127.0.0.1:{ports[3]}",
            ["Relay__Enclave__Address"] = $"unix:{state}/enclave.sock",
            ["Relay__Enclave__Trust"] = $"{state}/trust.json",
            ["Relay__Enclave__Callers"] = $"{state}/callers",
            ["Relay__Enclave__SimulatedRoot"] = $"{state}/simulated/nsm-root.der",
            ["ReverseProxy__Clusters__shop__Destinations__echo__Address"] = $"http://127.0.0.1:{upstreamPort ?? ports[3]}",
        };
        if (publicRules is not null)
            settings["Relay__Listeners__public__Rules__0"] = publicRules;
        if (readersRules is not null)
            settings["Relay__Listeners__readers__Rules__0"] = readersRules;
        foreach ((string name, string value) in more ?? new Dictionary<string, string>())
            settings[name] = value;
        var watch = Stopwatch.StartNew();
        ChildProgram proxy = ChildProgram.Start(StartedPrograms.PathOf("E3.Relay.Proxy"), [], settings, Repository.Root);
        var run = new RelayRun(proxy, ports[0], ports[1], ports[2], ports[3]);
        try
        {
            await HttpWait.ForOkAsync(new Uri(run.Management, "health/ready"), TimeSpan.FromSeconds(60), proxy);
        }
        catch
        {
            await run.DisposeAsync();
            throw;
        }

        run.TimeToReady = watch.Elapsed;
        return run;
    }

    /// <summary>The processes below the proxy, by the name of their executable.</summary>
    public IReadOnlyList<int> Descendants(string name = "E3.Relay.") => [.. ProcessTree.Below(Proxy.Id).Where(process => process.Name.StartsWith(name, StringComparison.Ordinal)).Select(static process => process.Id)];

    /// <summary>The engine's process id; waits for it.</summary>
    public async Task<int> EnclaveIdAsync()
    {
        await TimeBound.UntilAsync(() => Descendants("E3.Relay.Enclave.Host").Count == 1, "one engine");
        return Descendants("E3.Relay.Enclave.Host")[0];
    }

    /// <summary>Runs a command of the helper's against the running helper.</summary>
    public static async Task<(int Code, string Output)> HelperAsync(string state, params string[] arguments)
    {
        await using ChildProgram helper = ChildProgram.Start(
            StartedPrograms.PathOf("E3.Relay.Helper"), [.. arguments, "--state", state], new Dictionary<string, string?> { ["DOTNET_ENVIRONMENT"] = "Development" }, Repository.Root);
        int code = await helper.WaitForExitAsync();
        return (code, string.Join('\n', helper.Output.Concat(helper.Errors)));
    }

    public static async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri uri, string? body = null, string? contentType = null)
    {
        using var request = new HttpRequestMessage(method, uri);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(System.Text.Encoding.UTF8.GetBytes(body));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType ?? "application/json");
        }

        return await Http.SendAsync(request);
    }

    /// <summary>Asks the proxy to end, as <c>kill</c> does, and waits for it and all its children.</summary>
    public async Task<int> StopAsync(int signal = 15)
    {
        IReadOnlyList<int> children = Descendants();
        Proxy.Signal(signal);
        int code = await Proxy.WaitForExitAsync();
        await TimeBound.UntilAsync(() => !children.Any(ProcessTree.IsAlive), "the end of all children", TimeSpan.FromSeconds(10));
        return code;
    }

    public async ValueTask DisposeAsync()
    {
        IReadOnlyList<int> children = Descendants();
        await Proxy.DisposeAsync();

        // The children end by themselves when the proxy does; the next test must not meet them on their way out.
        await TimeBound.UntilAsync(() => !children.Any(ProcessTree.IsAlive), string.Create(CultureInfo.InvariantCulture, $"the end of {children.Count} children"), TimeSpan.FromSeconds(20));
    }
}
