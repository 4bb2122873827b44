namespace E3.Relay.Proxy.Observability;

/// <summary>
/// A list of the categories that may be logged, in place of a list of those that may not: server, forwarder and HTTP client print request targets and
/// header values in many places, and a setting of the host must not bring them back.
/// </summary>
internal static class QuietLogging
{
    private const string OwnCategory = "E3.Relay";
    private const string OwnLevelKey = "Logging:LogLevel:E3.Relay";

    // These speak of the configuration and of destinations only.
    private static readonly string[] ForwarderCategories = ["Yarp.ReverseProxy.Configuration", "Yarp.ReverseProxy.Management", "Yarp.ReverseProxy.Health"];

    public static void AddQuietLogging(this WebApplicationBuilder builder)
    {
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.IncludeScopes = false;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
        });
        IConfiguration configuration = builder.Configuration;
        builder.Services.PostConfigure<LoggerFilterOptions>(options => Restrict(options, configuration));
    }

    private static void Restrict(LoggerFilterOptions options, IConfiguration configuration)
    {
        LogLevel own = Enum.TryParse(configuration[OwnLevelKey], ignoreCase: true, out LogLevel level) ? level : LogLevel.Information;
        options.CaptureScopes = false;
        options.MinLevel = LogLevel.None;
        options.Rules.Clear();
        options.Rules.Add(new LoggerFilterRule(null, OwnCategory, own, null));
        foreach (string category in ForwarderCategories)
            options.Rules.Add(new LoggerFilterRule(null, category, LogLevel.Warning, null));
    }
}
