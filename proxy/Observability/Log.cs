using Yarp.ReverseProxy.Forwarder;

namespace E3.Relay.Proxy.Observability;

/// <summary>Everything that the proxy logs: names from the settings, codes, counts, type names. Event ids 1000 to 1999, never reused.</summary>
internal static partial class Log
{
    [LoggerMessage(1000, LogLevel.Information, "Listener {Listener} on http://{EndPoint}, {Rules} rules")]
    public static partial void Listening(this ILogger logger, string listener, string endPoint, int rules);

    [LoggerMessage(1001, LogLevel.Information, "Management on http://{EndPoint}")]
    public static partial void ManagementListening(this ILogger logger, string endPoint);

    [LoggerMessage(1010, LogLevel.Information, "Listener {Listener} refused a request: {Code}, rule {Rule}")]
    public static partial void RequestRefused(this ILogger logger, string listener, string code, string rule);

    [LoggerMessage(1011, LogLevel.Warning, "Listener {Listener} refused a response: {Code}, rule {Rule}")]
    public static partial void ResponseRefused(this ILogger logger, string listener, string code, string rule);

    [LoggerMessage(1012, LogLevel.Error, "A request failed in the relay: {ExceptionType}")]
    public static partial void RelayFailed(this ILogger logger, string exceptionType);

    [LoggerMessage(1013, LogLevel.Warning, "The upstream failed: {Error}")]
    public static partial void UpstreamFailed(this ILogger logger, ForwarderError error);

    [LoggerMessage(1020, LogLevel.Information, "Listener {Listener} took over {Rules} rules, digest {Digest}")]
    public static partial void RulesReloaded(this ILogger logger, string listener, int rules, string digest);

    [LoggerMessage(1021, LogLevel.Error, "Listener {Listener} keeps its last good rules: {Problem}")]
    public static partial void RulesBroken(this ILogger logger, string listener, string problem);

    [LoggerMessage(1022, LogLevel.Debug, "Rule files are no longer watched")]
    public static partial void RuleWatchEnded(this ILogger logger);

    [LoggerMessage(1023, LogLevel.Warning, "Listener {Listener}: {Warning}")]
    public static partial void RuleWarning(this ILogger logger, string listener, string warning);

    [LoggerMessage(1024, LogLevel.Warning, "Listener {Listener}: rule {Rule} was to observe until {Until} and still does; apply it or remove it")]
    public static partial void RuleOverdue(this ILogger logger, string listener, string rule, DateOnly until);

    [LoggerMessage(1030, LogLevel.Information, "Caller {Caller} has a verified session (simulated: {Simulated})")]
    public static partial void EngineReady(this ILogger logger, string caller, bool simulated);

    [LoggerMessage(1031, LogLevel.Warning, "Caller {Caller} has no ready engine: {Reason}")]
    public static partial void EngineNotReady(this ILogger logger, string caller, string reason);

    [LoggerMessage(1032, LogLevel.Warning, "How far the fleet's state was seen to be cannot be written to the file that Relay:Enclave:Witness names, and is forgotten when the proxy ends")]
    public static partial void WitnessNotKept(this ILogger logger);

    [LoggerMessage(1040, LogLevel.Information, "Started {Program} as process {ProcessId}")]
    public static partial void ProgramStarted(this ILogger logger, string program, int processId);

    [LoggerMessage(1041, LogLevel.Warning, "{Program} ended unexpectedly with code {ExitCode}; started again in {DelayMs} ms")]
    public static partial void ProgramEnded(this ILogger logger, string program, int exitCode, int delayMs);

    [LoggerMessage(1042, LogLevel.Warning, "{Program} did not end in time and was killed")]
    public static partial void ProgramKilled(this ILogger logger, string program);

    [LoggerMessage(1043, LogLevel.Error, "{Program} cannot be started: {ExceptionType}")]
    public static partial void ProgramNotStarted(this ILogger logger, string program, string exceptionType);

    [LoggerMessage(1044, LogLevel.Error, "{Program} ended {Times} times in a row with code {ExitCode} and is not started again; what it wrote says why")]
    public static partial void ProgramGivenUp(this ILogger logger, string program, int times, int exitCode);
}
