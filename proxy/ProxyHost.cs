using System.Net;
using System.Text;
using E3.Relay.Proxy.Ciphers;
using E3.Relay.Proxy.Configuration;
using E3.Relay.Proxy.Listeners;
using E3.Relay.Proxy.Management;
using E3.Relay.Proxy.Observability;
using E3.Relay.Proxy.Pipeline;
using E3.Relay.Proxy.Pipeline.Streaming;
using E3.Relay.Proxy.RuleFiles;
using E3.Relay.Rules;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace E3.Relay.Proxy;

/// <summary>Puts the server together: listeners, pipeline, forwarder, management.</summary>
internal static class ProxyHost
{
    /// <summary>The name under which the management listener's socket is bound.</summary>
    public const string ManagementName = "management";

    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(5);

    /// <summary>The addresses to bind.</summary>
    public static IEnumerable<(string Name, IPEndPoint EndPoint)> Addresses(RelayOptions options) =>
        options.Listeners.Select(listener => (listener.Name, listener.EndPoint)).Append((ManagementName, options.Management));

    /// <summary>Builds the server.</summary>
    /// <param name="builder">The builder, with its configuration.</param>
    /// <param name="options">The judged settings.</param>
    /// <param name="sockets">The bound sockets.</param>
    /// <param name="rules">The loaded rules by listener.</param>
    /// <param name="ciphers">The engine by caller.</param>
    public static WebApplication Build(
        WebApplicationBuilder builder, RelayOptions options, BoundSockets sockets, IReadOnlyDictionary<string, ListenerRules> rules, CipherTable ciphers)
    {
        var listeners = new ListenerTable([.. options.Listeners.Select(listener => CreateListener(listener, sockets, rules, ciphers))]);
        AddServer(builder, options, sockets, listeners);
        AddPipeline(builder, options, listeners, ciphers);
        WebApplication app = builder.Build();
        app.Services.GetRequiredService<RelayMetrics>().Watch(listeners, app.Services.GetRequiredService<TimeProvider>());
        app.UseManagement();
        app.UseMiddleware<RelayMiddleware>();
        app.UseRouting();
        app.MapReverseProxy();
        return app;
    }

    private static Listener CreateListener(ListenerOptions options, BoundSockets sockets, IReadOnlyDictionary<string, ListenerRules> rules, CipherTable ciphers) => new(
        options.Name,
        sockets.EndPointOf(options.Name),
        rules.GetValueOrDefault(options.Name),
        options.HasRules ? ciphers.ByCaller[options.RequestCaller] : null,
        options.HasRules ? ciphers.ByCaller[options.ResponseCaller] : null);

    private static void AddServer(WebApplicationBuilder builder, RelayOptions options, BoundSockets sockets, ListenerTable listeners)
    {
        // Header bytes pass as they came.
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.Limits.StreamedBodyBytesMax;
            kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
            kestrel.ResponseHeaderEncodingSelector = _ => Encoding.Latin1;
            foreach (Listener listener in listeners.All)
                kestrel.Listen(listener.EndPoint, endPoint => Tag(endPoint, listener));
            kestrel.Listen(sockets.EndPointOf(ManagementName), endPoint => Tag(endPoint, ManagementConnection.Instance));
        });
        builder.Services.Configure<SocketTransportOptions>(transport => transport.CreateBoundListenSocket = sockets.Take);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        builder.Services.Configure<ConsoleLifetimeOptions>(console => console.SuppressStatusMessages = true);
    }

    private static void Tag<T>(ListenOptions endPoint, T mark)
        where T : class
    {
        endPoint.Protocols = HttpProtocols.Http1;
        endPoint.Use(next => connection =>
        {
            connection.Features.Set(mark);
            return next(connection);
        });
    }

    private static RuleLimits CreateRuleLimits(LimitOptions limits, BufferBudget memory) =>
        new() { BodyBytesMax = limits.BodyBytesMax, DepthMax = limits.DepthMax, FieldsMax = limits.FieldsMax, Memory = memory };

    private static void AddPipeline(WebApplicationBuilder builder, RelayOptions options, ListenerTable listeners, CipherTable ciphers)
    {
        IServiceCollection services = builder.Services;
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(listeners);
        services.AddSingleton(ciphers);
        services.AddSingleton(options.Limits);
        services.AddSingleton(provider => CreateRuleLimits(options.Limits, provider.GetRequiredService<BufferBudget>()));
        services.AddSingleton(new BufferBudget(options.Limits.BufferedBytesMax));
        services.AddSingleton<RelayMetrics>();
        services.AddSingleton<Readiness>();
        services.AddSingleton<MessageEditor>();
        services.AddSingleton<RuleObserver>();
        services.AddSingleton<StreamedBodies>();
        services.AddSingleton<RequestStep>();
        services.AddSingleton<ResponseStep>();
        services.AddSingleton(provider => new FieldTransformer(
            provider.GetRequiredService<RelayMetrics>(), provider.GetRequiredService<TimeProvider>(), TimeSpan.FromMilliseconds(options.Enclave?.CallTimeoutMs ?? 1)));
        services.AddHostedService<RuleWatcher>();
        services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService("e3-relay-proxy")).WithMetrics(metrics => metrics.AddMeter(RelayMetrics.MeterName).AddPrometheusExporter());
        services.AddReverseProxy()
            .LoadFromConfig(builder.Configuration.GetSection("ReverseProxy"))
            .AddTransforms(ForwardTransforms.Add)
            .ConfigureHttpClient((_, handler) =>
            {
                // Without a propagator the client makes no activity, whose tags would hold the whole target; the client's own trace headers pass as they are.
                handler.ActivityHeadersPropagator = null;
                handler.RequestHeaderEncodingSelector = (_, _) => Encoding.Latin1;
                handler.ResponseHeaderEncodingSelector = (_, _) => Encoding.Latin1;
            });
    }
}
