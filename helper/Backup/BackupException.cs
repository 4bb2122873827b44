namespace E3.Relay.Helper.Backup;

/// <summary>The backup is refused.</summary>
internal sealed class BackupException(BackupError error, Exception? inner = null) : Exception($"The backup is refused: {error}.", inner)
{
    public BackupError Error { get; } = error;
}
