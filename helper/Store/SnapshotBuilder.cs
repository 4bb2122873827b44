using System.Collections.Immutable;
using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol.State;

namespace E3.Relay.Helper.Store;

/// <summary>Verifies entries one behind the other and puts the snapshot together.</summary>
internal sealed class SnapshotBuilder(StateSnapshot before)
{
    private readonly List<ReadOnlyMemory<byte>> _entries = [.. before.Entries];
    private readonly ImmutableSortedSet<string>.Builder _apps = before.Apps.ToBuilder();
    private readonly StateChain _chain = before.Chain.Fork();

    public StateChain Chain => _chain;

    /// <summary>The chain over entries that are to be appended to a state.</summary>
    /// <exception cref="StoreException">They do not fit.</exception>
    public static StateChain CheckAppend(StoreState present, IReadOnlyList<ReadOnlyMemory<byte>> entries)
    {
        ArgumentOutOfRangeException.ThrowIfZero(entries.Count);
        return present.Root is null ? throw new StoreException(StoreError.RootMissing) : Check(present.Snapshot.Chain, entries);
    }

    /// <summary>The chain over entries that are to be stored behind another.</summary>
    /// <exception cref="StoreException">They do not fit.</exception>
    public static StateChain Check(StateChain after, IReadOnlyList<ReadOnlyMemory<byte>> entries)
    {
        StateChain chain = after.Fork();
        foreach (ReadOnlyMemory<byte> entry in entries)
            Verify(chain.Length + 1, entry, chain);
        return chain;
    }

    /// <summary>Adds the entry that was stored at a position with its digest.</summary>
    /// <exception cref="StoreException">It is not as it was stored, or does not follow.</exception>
    public void Add(long position, byte[] digest, byte[] bytes)
    {
        if (!SHA256.HashData(bytes).AsSpan().SequenceEqual(digest))
            throw new StoreException(StoreError.EntryChanged);
        _apps.Add(Verify((ulong)position, bytes, _chain).App);
        _entries.Add(bytes);
    }

    /// <summary>The snapshot, if it ends where the last append ended.</summary>
    public StateSnapshot Complete(long length, byte[] head) =>
        (ulong)length == _chain.Length && head.AsSpan().SequenceEqual(_chain.Head.Span)
            ? new(_entries, _chain, _apps.ToImmutable())
            : throw new StoreException(StoreError.ChainMismatch);

    // Adds the entry to the chain, or says what is wrong with it.
    private static SealedEntry Verify(ulong position, ReadOnlyMemory<byte> bytes, StateChain chain)
    {
        if (!SealedEntry.TryRead(bytes, out SealedEntry entry))
            throw new StoreException(StoreError.EntryMalformed);
        if (position != chain.Length + 1 || entry.Position != position || !entry.PreviousHead.Span.SequenceEqual(chain.Head.Span))
            throw new StoreException(StoreError.EntryOutOfOrder);
        chain.Append(bytes.Span);
        return entry;
    }
}
