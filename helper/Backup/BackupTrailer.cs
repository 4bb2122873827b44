namespace E3.Relay.Helper.Backup;

/// <summary>The last line of a backup.</summary>
/// <param name="Sha256">Of everything in front of this line, in hexadecimal.</param>
internal sealed record BackupTrailer(string Sha256);
