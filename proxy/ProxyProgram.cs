using E3.Relay.Proxy.Ciphers;
using E3.Relay.Proxy.Configuration;
using E3.Relay.Proxy.Listeners;
using E3.Relay.Proxy.Observability;
using E3.Relay.Proxy.Programs;
using E3.Relay.Proxy.RuleCommands;
using E3.Relay.Proxy.RuleFiles;

namespace E3.Relay.Proxy;

/// <summary>The program from its first line to its exit code.</summary>
internal static class ProxyProgram
{
    /// <summary>Runs until asked to end, or does what a command says.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        if (args is [RuleCommandLine.Word or "--help" or "-h", ..])
            return await RuleCommandLine.InvokeAsync(args, CommandContext.OfProcess());
        // Server activities carry the path of every request; nobody may get that by attaching a listener.
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", true);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = args, ContentRootPath = ContentRoot.Find() });
        builder.AddQuietLogging();
        IReadOnlyList<string> problems = RelayOptionsReader.Read(builder.Configuration, builder.Environment, out RelayOptions options);
        if (problems.Count > 0)
            return End(ExitCode.SettingsInvalid, problems);
        problems = SimulatedTrust.Judge(options, builder.Environment);
        if (problems.Count > 0)
            return End(ExitCode.SimulatedTrustRefused, problems);
        if (BoundSockets.TryBind(ProxyHost.Addresses(options), out BoundSockets sockets) is { } taken)
            return End(ExitCode.AddressUnavailable, [taken]);
        using (sockets)
            return await RunAsync(builder, options, sockets);
    }

    /// <summary>Loads the rules of every listener that has some.</summary>
    public static Dictionary<string, ListenerRules> LoadRules(RelayOptions options, string contentRoot, out IReadOnlyList<string> problems)
    {
        Dictionary<string, ListenerRules> rules = options.Listeners.Where(listener => listener.HasRules)
            .ToDictionary(listener => listener.Name, listener => ListenerRules.Load(listener.Name, contentRoot, listener.Rules), StringComparer.Ordinal);
        problems = [.. rules.Values.SelectMany(loaded => loaded.State.Problems)];
        return rules;
    }

    private static async Task<int> RunAsync(WebApplicationBuilder builder, RelayOptions options, BoundSockets sockets)
    {
        await using var programs = new ProgramSupervisor();
        if (programs.Start(options.Programs, ProgramFile.Read(AppContext.BaseDirectory), builder.Environment) is { } problem)
            return End(ExitCode.SettingsInvalid, [problem]);
        Dictionary<string, ListenerRules> rules = LoadRules(options, builder.Environment.ContentRootPath, out IReadOnlyList<string> problems);
        if (problems.Count > 0)
            return End(ExitCode.RulesInvalid, problems);
        CipherTable ciphers = EnclaveCiphers.Add(builder.Services, options);
        WebApplication app;
        try
        {
            app = ProxyHost.Build(builder, options, sockets, rules, ciphers);
        }
        catch (InvalidOperationException exception) when (exception.InnerException is AggregateException mistakes)
        {
            // The forwarder reports every mistake in its routes and clusters at once.
            return End(ExitCode.SettingsInvalid, [.. mistakes.Flatten().InnerExceptions.Select(inner => inner.Message)]);
        }

        await using WebApplication running = app;
        await app.StartAsync();
        Announce(app, options, sockets, rules);
        programs.Supervise(app.Services.GetRequiredService<ILogger<ProgramSupervisor>>(), app.Services.GetRequiredService<RelayMetrics>(), TimeProvider.System);
        await app.WaitForShutdownAsync();
        return (int)ExitCode.Success;
    }

    private static void Announce(WebApplication app, RelayOptions options, BoundSockets sockets, Dictionary<string, ListenerRules> rules)
    {
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("E3.Relay.Proxy");
        foreach (ListenerOptions listener in options.Listeners)
            logger.Listening(listener.Name, sockets.EndPointOf(listener.Name).ToString(), rules.GetValueOrDefault(listener.Name)?.State.Rules.Count ?? 0);
        foreach (ListenerRules loaded in rules.Values)
            RuleWatcher.ReportWarnings(logger, loaded);
        logger.ManagementListening(sockets.EndPointOf(ProxyHost.ManagementName).ToString());
    }

    private static int End(ExitCode code, IReadOnlyList<string> sentences)
    {
        foreach (string sentence in sentences)
            Console.Error.WriteLine(sentence);
        return (int)code;
    }
}
