using E3.Relay.Proxy.Listeners;
using E3.Relay.Proxy.Observability;
using E3.Relay.Rules;

namespace E3.Relay.Proxy.RuleFiles;

/// <summary>Takes over changed rule files. Reading a few kilobytes twice a second costs nothing and misses no kind of file system or mount.</summary>
internal sealed class RuleWatcher(ListenerTable listeners, TimeProvider time, ILogger<RuleWatcher> logger) : BackgroundService
{
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly HashSet<(string Listener, ObservingRule Rule)> _overdue = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        ReportOverdue();
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

        ReportOverdue();
    }

    /// <summary>A rule that observes beyond its day goes on, and is spoken of once.</summary>
    private void ReportOverdue()
    {
        DateOnly today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        foreach (Listener listener in listeners.All)
        {
            foreach (ObservingRule rule in listener.Rules?.State.Rules.Observing ?? [])
            {
                if (rule.IsOverdue(today) && _overdue.Add((listener.Name, rule)))
                    logger.RuleOverdue(listener.Name, rule.Id, rule.Until);
            }
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
