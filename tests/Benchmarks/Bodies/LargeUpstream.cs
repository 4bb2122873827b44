using System.IO.Pipelines;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace E3.Relay.Benchmarks.Bodies;

/// <summary>An upstream in this process: reads what it is sent, and answers a GET with a file that it has the relay's engine seal meanwhile.</summary>
internal sealed class LargeUpstream : IAsyncDisposable
{
    private readonly WebApplication _app;

    private LargeUpstream(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    /// <summary>Seals what it answers with.</summary>
    public Func<PipeWriter, Task> Seal { get; set; } = static _ => Task.CompletedTask;

    public static async Task<LargeUpstream> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, endPoint => endPoint.Protocols = HttpProtocols.Http1);
        });
        var upstream = new LargeUpstream(builder.Build());
        upstream._app.Run(upstream.AnswerAsync);
        await upstream._app.StartAsync();
        return upstream;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        await context.Request.Body.CopyToAsync(Stream.Null);
        context.Response.ContentType = "application/octet-stream";
        if (HttpMethods.IsGet(context.Request.Method))
            await Seal(context.Response.BodyWriter);
    }
}
