namespace E3.Relay.Proxy.RuleCommands;

/// <summary>What a command ends with. The numbers are stable.</summary>
internal enum CommandExit
{
    /// <summary>Done, and nothing found that is wrong.</summary>
    Success = 0,

    /// <summary>A file has a mistake, an example failed, or a message is refused.</summary>
    Failed = 1,

    /// <summary>The command line is wrong, or a file cannot be read.</summary>
    Unusable = 2,
}
