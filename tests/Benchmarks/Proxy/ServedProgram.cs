using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace E3.Relay.Benchmarks.Proxy;

/// <summary>A bare Kestrel on a free port of the loopback that says where it listens and ends with its standard input.</summary>
internal static class ServedProgram
{
    /// <summary>What the line with the address starts with.</summary>
    public const string ListensOn = "listens on ";

    public static async Task<int> RunAsync(Action<IServiceCollection> services, Action<WebApplication> pipeline)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, endPoint => endPoint.Protocols = HttpProtocols.Http1);
        });
        services(builder.Services);
        await using WebApplication app = builder.Build();
        pipeline(app);
        await app.StartAsync();
        Console.WriteLine(ListensOn + app.Urls.First());
        await Console.OpenStandardInput().CopyToAsync(Stream.Null);
        await app.StopAsync();
        return 0;
    }
}
