namespace E3.Relay.Helper.Keys.Files;

/// <summary>How much work a guess at a passphrase costs: Argon2id (RFC 9106) parameters.</summary>
/// <param name="MemoryKiB">Memory, in KiB.</param>
/// <param name="Iterations">Passes over it.</param>
/// <param name="Lanes">Lanes.</param>
internal sealed record PassphraseCost(int MemoryKiB, int Iterations, int Lanes)
{
    /// <summary>The second recommended option of RFC 9106 section 4: 64 MiB, three passes, four lanes.</summary>
    public static PassphraseCost Default { get; } = new(64 * 1024, 3, 4);

    /// <summary>Bounds for what a file may ask for, so that one from elsewhere neither exhausts the machine nor is next to no protection.</summary>
    public bool IsWithinBounds => MemoryKiB is >= 8 * 1024 and <= 1024 * 1024 && Iterations is >= 1 and <= 16 && Lanes is >= 1 and <= 8;
}
