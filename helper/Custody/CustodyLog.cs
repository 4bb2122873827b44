namespace E3.Relay.Helper.Custody;

/// <summary>What is logged about the life of keys.</summary>
internal static partial class CustodyLog
{
    [LoggerMessage(3060, LogLevel.Information, "{Change}: sealed entries {Entries}, used after {Elapsed} ms")]
    public static partial void StateChanged(ILogger logger, string change, ulong entries, int elapsed);

    [LoggerMessage(3061, LogLevel.Debug, "an engine has loaded sealed entries {From} to {To}")]
    public static partial void EntriesLoaded(ILogger logger, ulong from, ulong to);

    [LoggerMessage(3062, LogLevel.Warning, "degraded: {Reason}; existing keys serve, none is made")]
    public static partial void Degraded(ILogger logger, string reason);

    [LoggerMessage(3063, LogLevel.Information, "no longer degraded")]
    public static partial void Recovered(ILogger logger);

    [LoggerMessage(3064, LogLevel.Warning, "another helper's engines have not loaded what is stored: nothing new is used until they have, or their lease ends")]
    public static partial void FleetBehind(ILogger logger);

    [LoggerMessage(3065, LogLevel.Information, "all state moves to another root key: generation {Generation}, sealed entries {Entries}")]
    public static partial void RootReplaced(ILogger logger, long generation, ulong entries);

    [LoggerMessage(3066, LogLevel.Information, "another helper made the root key of this fleet first; its root is taken")]
    public static partial void GenesisElsewhere(ILogger logger);
}
