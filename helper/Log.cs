namespace E3.Relay.Helper;

/// <summary>Everything that the helper logs. Names, ids, counts and durations; never a key, a token or a document.</summary>
internal static partial class Log
{
    [LoggerMessage(3001, LogLevel.Information, "ready: engine {Engine}, apps {Apps}, sealed entries {Entries}, after {Elapsed} ms")]
    public static partial void Ready(ILogger logger, int engine, int apps, int entries, int elapsed);

    [LoggerMessage(3002, LogLevel.Warning, "simulated TEE: the engine runs as a plain process and its keys are NOT protected from this machine; development only")]
    public static partial void SimulatedTee(ILogger logger);

    [LoggerMessage(3040, LogLevel.Warning, "emulated TEE: the engine runs in an emulator, nothing that its security module says is signed, and its keys are NOT protected from this machine; development only")]
    public static partial void EmulatedTee(ILogger logger);

    [LoggerMessage(3003, LogLevel.Warning, "simulated administrator, key authority and security module in {Folder}")]
    public static partial void SimulatedKeys(ILogger logger, string folder);

    [LoggerMessage(3004, LogLevel.Information, "engine {Engine}: {Event}")]
    public static partial void EngineEvent(ILogger logger, int engine, string @event);

    [LoggerMessage(3005, LogLevel.Warning, "engine {Engine} is given up: {Reason}")]
    public static partial void EngineEnded(ILogger logger, int engine, string reason);

    [LoggerMessage(3006, LogLevel.Information, "next engine after failure {Failures} in {Delay} ms")]
    public static partial void EngineRestarts(ILogger logger, int failures, int delay);

    [LoggerMessage(3007, LogLevel.Information, "genesis: the root key of fleet {Fleet} is signed for")]
    public static partial void GenesisSigned(ILogger logger, string fleet);

    [LoggerMessage(3008, LogLevel.Error, "state refused, never ready: {Reason}")]
    public static partial void StateRefused(ILogger logger, string reason);

    [LoggerMessage(3009, LogLevel.Information, "app {App} created, sealed entries {Entries}")]
    public static partial void AppCreated(ILogger logger, string app, int entries);

    [LoggerMessage(3010, LogLevel.Information, "stopped")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(3011, LogLevel.Warning, "app {App} not created: {Reason}")]
    public static partial void AppNotCreated(ILogger logger, string app, string reason);

    [LoggerMessage(3012, LogLevel.Information, "admin interface on {Socket}")]
    public static partial void AdminListening(ILogger logger, string socket);

    [LoggerMessage(3040, LogLevel.Information, "store {Store}: good, {Entries} sealed entries")]
    public static partial void StoreGood(ILogger logger, string store, ulong entries);

    [LoggerMessage(3041, LogLevel.Warning, "store {Store}: {Condition}, {Reason}")]
    public static partial void StoreNotGood(ILogger logger, string store, string condition, string reason);

    [LoggerMessage(3042, LogLevel.Warning, "store {Store} went back from {Before} sealed entries to {Now}")]
    public static partial void StoreWentBack(ILogger logger, string store, ulong before, ulong now);

    [LoggerMessage(3043, LogLevel.Warning, "store {Store} lacked sealed entries and was given them: it now has {Entries}")]
    public static partial void StoreRepaired(ILogger logger, string store, ulong entries);

    [LoggerMessage(3044, LogLevel.Error, "stores disagree: {Reason}; no key is made until the wrong one is taken away")]
    public static partial void StoresDisagree(ILogger logger, string reason);

    [LoggerMessage(3020, LogLevel.Warning, "engine {Engine} does not answer")]
    public static partial void EngineSilent(ILogger logger, int engine);

    [LoggerMessage(3021, LogLevel.Information, "engine {Engine} answers again, after {Missed} heartbeats")]
    public static partial void EngineAnswersAgain(ILogger logger, int engine, int missed);

    [LoggerMessage(3022, LogLevel.Information, "engine {Engine} is to be replaced: {Reason}")]
    public static partial void EngineReplacing(ILogger logger, int engine, string reason);

    [LoggerMessage(3023, LogLevel.Information, "engine {Engine} took over from engine {Before}")]
    public static partial void EngineReplaced(ILogger logger, int engine, int before);

    [LoggerMessage(3024, LogLevel.Error, "engine {Engine} stays, no other took over: {Reason}")]
    public static partial void EngineNotReplaced(ILogger logger, int engine, string reason);

    [LoggerMessage(3025, LogLevel.Information, "engine {Engine} has ended after {Elapsed} ms, with {Sessions} sessions left")]
    public static partial void EngineDrained(ILogger logger, int engine, int elapsed, int sessions);

    [LoggerMessage(3030, LogLevel.Information, "audit: {Act} {Outcome}, head {Head}")]
    public static partial void Audited(ILogger logger, string act, string outcome, string head);

    [LoggerMessage(3031, LogLevel.Critical, "the audit log accepts nothing, and no administrative act is done: {Reason}")]
    public static partial void AuditBroken(ILogger logger, string reason);
}
