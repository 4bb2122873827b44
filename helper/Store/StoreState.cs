namespace E3.Relay.Helper.Store;

/// <summary>What a store holds in its present generation.</summary>
/// <param name="Generation">From 1; 0 before genesis.</param>
/// <param name="Link">Stands for the generation's root and for all that was before it, see <see cref="GenerationLink"/>; 32 zero bytes before genesis.</param>
/// <param name="Root">The root key; null before genesis.</param>
/// <param name="Snapshot">All entries, and the chain over them, verified.</param>
internal sealed record StoreState(long Generation, ReadOnlyMemory<byte> Link, StoredRoot? Root, StateSnapshot Snapshot)
{
    /// <summary>The state of a store in which nothing was stored yet.</summary>
    public static readonly StoreState Empty = new(0, new byte[GenerationLink.Bytes], null, StateSnapshot.Empty);

    /// <summary>True when both hold the same root, the same entries and the same past.</summary>
    public bool Equals(StoreState? other) =>
        other is not null && SameGeneration(other) && Snapshot.Chain.Length == other.Snapshot.Chain.Length && Snapshot.Chain.Head.Span.SequenceEqual(other.Snapshot.Chain.Head.Span);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Generation, Snapshot.Chain.Length);

    /// <summary>True when both are of the same generation, with the same root.</summary>
    public bool SameGeneration(StoreState other) => Generation == other.Generation && Link.Span.SequenceEqual(other.Link.Span);
}
