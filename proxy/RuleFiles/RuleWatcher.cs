using E3.Relay.Proxy.Listeners;
using E3.Relay.Proxy.Observability;

namespace E3.Relay.Proxy.RuleFiles;

/// <summary>Takes over changed rule files. Reading a few kilobytes twice a second costs nothing and misses no kind of file system or mount.</summary>
internal sealed class RuleWatcher(ListenerTable listeners, TimeProvider time, ILogger<RuleWatcher> logger) : BackgroundService
{
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                RefreshAll();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            logger.RuleWatchEnded();
        }
    }

    /// <summary>Logs the warnings about the rules that were just loaded.</summary>
    public static void ReportWarnings(ILogger logger, ListenerRules rules)
    {
        foreach (string warning in rules.State.Warnings)
            logger.RuleWarning(rules.Listener, warning);
    }

    private void RefreshAll()
    {
        foreach (Listener listener in listeners.All)
        {
            if (listener.Rules is { } rules && rules.Refresh())
                Report(rules);
        }
    }

    private void Report(ListenerRules rules)
    {
        if (!rules.State.Broken)
        {
            logger.RulesReloaded(rules.Listener, rules.State.Rules.Count, rules.State.Rules.Digest);
            ReportWarnings(logger, rules);
            return;
        }

        foreach (string problem in rules.State.Problems)
            logger.RulesBroken(rules.Listener, problem);
    }
}
