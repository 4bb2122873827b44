namespace E3.Relay.Helper.Keys;

/// <summary>What the key authorities log. Names and kinds; never a key, a ciphertext or a document.</summary>
internal static partial class KeyLog
{
    [LoggerMessage(3101, LogLevel.Warning, "simulated key authority on {Address}: its key is a file on this machine; development only")]
    public static partial void SimulatedKmsListening(ILogger logger, string address);

    [LoggerMessage(3102, LogLevel.Debug, "simulated key authority: {Operation} answered")]
    public static partial void SimulatedKmsAnswered(ILogger logger, string operation);

    [LoggerMessage(3103, LogLevel.Warning, "simulated key authority: {Operation} refused, {Kind}: {Reason}")]
    public static partial void SimulatedKmsRefused(ILogger logger, string operation, string kind, string reason);

    [LoggerMessage(3104, LogLevel.Information, "key authority: {Name}")]
    public static partial void KeyAuthority(ILogger logger, string name);

    [LoggerMessage(3105, LogLevel.Warning, "the key authority is in this process: it verifies attestation as KMS does, but whoever owns this machine can have the root key opened")]
    public static partial void KeyAuthorityIsHere(ILogger logger);
}
