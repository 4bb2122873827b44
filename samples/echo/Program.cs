using System.Text;
using E3.Relay.Samples.Echo;

const string DefaultUrls = "http://127.0.0.1:9090";
const string ParentStdin = "--parent-stdin";

// The empty builder: started from the proxy's folder with its environment, the echo must not take the proxy's settings for its own.
var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
builder.Configuration.AddCommandLine([.. args.Where(argument => argument != ParentStdin)]);
builder.Services.AddRoutingCore();
builder.Services.AddSingleton<BodyStore>();
builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(2));
builder.Services.Configure<ConsoleLifetimeOptions>(options => options.SuppressStatusMessages = true);
if (args.Contains(ParentStdin))
    builder.Services.AddSingleton<IHostLifetime, ParentLifetime>();

builder.WebHost.UseUrls(builder.Configuration["urls"] ?? Environment.GetEnvironmentVariable("ECHO_URLS") ?? DefaultUrls);
builder.WebHost.UseKestrelCore();
builder.WebHost.ConfigureKestrel(options =>
{
    options.AddServerHeader = false;
    options.Limits.MaxRequestBodySize = BodyStore.BodyBytesMax;
    options.RequestHeaderEncodingSelector = options.ResponseHeaderEncodingSelector = _ => Encoding.Latin1;
});

await using var app = builder.Build();
app.MapEcho();
try
{
    await app.StartAsync();
}
catch (IOException exception)
{
    // The address is taken, as a rule by an earlier echo.
    await Console.Error.WriteLineAsync(exception.Message);
    return 1;
}

Console.WriteLine($"Echo listens on {string.Join(' ', app.Urls)}");
await app.WaitForShutdownAsync();
return 0;
