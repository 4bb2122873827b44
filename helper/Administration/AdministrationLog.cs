namespace E3.Relay.Helper.Administration;

/// <summary>What is logged of the administrators' part.</summary>
internal static partial class AdministrationLog
{
    [LoggerMessage(3121, LogLevel.Warning, "genesis: a root key was made; {File} waits for the signatures of {Threshold} of {Administrators} administrators")]
    public static partial void GenesisRequested(ILogger logger, string file, int threshold, int administrators);

    [LoggerMessage(3122, LogLevel.Warning, "simulated security module in {Folder}; the administrators are real")]
    public static partial void SimulatedModule(ILogger logger, string folder);
}
