using System.Net;
using E3.Relay.Helper.Keys.Aws;
using E3.Relay.Helper.State;

namespace E3.Relay.Helper.Keys.Simulated;

/// <summary>Serves a simulated KMS on a Unix socket or on loopback.</summary>
internal sealed class SimulatedKmsServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly string? _socket;

    private SimulatedKmsServer(WebApplication app, string? socket, string url)
    {
        _app = app;
        _socket = socket;
        Url = url;
    }

    /// <summary>Where it serves: <c>unix:/path</c>, or <c>http://127.0.0.1:port</c> with the port that it was given.</summary>
    public string Url { get; }

    /// <summary>Starts to serve.</summary>
    /// <param name="answer">What answers.</param>
    /// <param name="address"><c>unix:/path</c>, or <c>http://</c> with a loopback address and a port, which may be 0.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="HelperRefusedException">The address is another one: what is simulated is not shown to a network.</exception>
    public static async Task<SimulatedKmsServer> StartAsync(RequestDelegate answer, string address, CancellationToken cancellationToken)
    {
        string? socket = address.StartsWith(KmsClientFactory.UnixScheme, StringComparison.Ordinal) ? address[KmsClientFactory.UnixScheme.Length..] : null;
        IPEndPoint? endPoint = socket is null ? Loopback(address) : null;
        if (socket is not null)
            File.Delete(socket);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new() { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            if (socket is not null)
                options.ListenUnixSocket(socket);
            else
                options.Listen(endPoint!);
        });
        builder.Services.AddSingleton<IHostLifetime, OwnersLifetime>();
        WebApplication app = builder.Build();
        app.Run(answer);
        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw new HelperRefusedException(ExitCode.Refused, $"The simulated key authority cannot listen on {address}: {e.Message}");
        }

        if (socket is not null)
            File.SetUnixFileMode(socket, PrivateFile.Mode);
        return new(app, socket, socket is null ? app.Urls.First() : address);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync().ConfigureAwait(false);
        if (_socket is not null)
            File.Delete(_socket);
    }

    private static IPEndPoint Loopback(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && uri is { Scheme: "http", PathAndQuery: "/" } && IPAddress.TryParse(uri.DnsSafeHost, out IPAddress? host) && IPAddress.IsLoopback(host)
            ? new(host, uri.Port)
            : throw new HelperRefusedException(ExitCode.Refused, $"'{address}' is no address for a simulated key authority: unix:/path, or http:// with a loopback address and a port, such as http://127.0.0.1:4599.");
}
