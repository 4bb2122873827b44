namespace E3.Relay.Helper.Backup;

/// <summary>What is wrong with a backup.</summary>
internal enum BackupError
{
    /// <summary>It does not read as a backup.</summary>
    Malformed,

    /// <summary>It was made by a version that this one does not know.</summary>
    VersionUnsupported,

    /// <summary>It ends too early.</summary>
    Truncated,

    /// <summary>Its bytes are not those that were written.</summary>
    DigestMismatch,

    /// <summary>Its entries are not a chain of sealed entries, or not the one that it says.</summary>
    EntriesInvalid,
}
