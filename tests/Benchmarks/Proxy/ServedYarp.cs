using Yarp.ReverseProxy.Configuration;

namespace E3.Relay.Benchmarks.Proxy;

/// <summary>Plain YARP in a process of its own: one route to one destination, nothing else.</summary>
internal static class ServedYarp
{
    public const string Argument = "serve-yarp";

    public static Task<int> RunAsync(string upstream) => ServedProgram.RunAsync(
        services => services.AddReverseProxy().LoadFromMemory(
            [new RouteConfig { RouteId = "all", ClusterId = "upstream", Match = new() { Path = "{**path}" } }],
            [new ClusterConfig { ClusterId = "upstream", Destinations = new Dictionary<string, DestinationConfig> { ["one"] = new() { Address = upstream } } }]),
        app => app.MapReverseProxy());
}
