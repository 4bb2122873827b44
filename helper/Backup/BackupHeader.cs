namespace E3.Relay.Helper.Backup;

/// <summary>The first line of a backup.</summary>
internal sealed record BackupHeader
{
    /// <summary><see cref="BackupFile.Format"/>.</summary>
    public required string Format { get; init; }

    public required int Version { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>In hexadecimal.</summary>
    public required string FleetId { get; init; }

    /// <summary>The generation that the entries are of, in the store that they come from.</summary>
    public required long Generation { get; init; }

    /// <summary>The root key as the key authority alone can open it.</summary>
    public required byte[] WrappedRoot { get; init; }

    /// <summary>What the administrators signed for it.</summary>
    public required byte[] Genesis { get; init; }

    public required int Entries { get; init; }

    /// <summary>The head of the chain over the entries, in hexadecimal.</summary>
    public required string ChainHead { get; init; }
}
