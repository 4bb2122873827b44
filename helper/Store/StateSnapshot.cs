using System.Collections.Immutable;
using E3.Relay.Enclave.Protocol.State;

namespace E3.Relay.Helper.Store;

/// <summary>All sealed entries of a generation as they were read and verified, the chain over them, and the apps that they name, in order.</summary>
internal sealed record StateSnapshot(IReadOnlyList<ReadOnlyMemory<byte>> Entries, StateChain Chain, ImmutableSortedSet<string> Apps)
{
    /// <summary>No entries.</summary>
    public static readonly StateSnapshot Empty = new([], new(), ImmutableSortedSet.Create<string>(StringComparer.Ordinal));

    /// <summary>The head of the chain behind the first entries.</summary>
    /// <param name="length">At most the number of entries.</param>
    public ReadOnlyMemory<byte> HeadAt(ulong length) =>
        length == Chain.Length ? Chain.Head : SealedEntry.TryRead(Entries[checked((int)length)], out SealedEntry next) ? next.PreviousHead : throw new StoreException(StoreError.EntryMalformed);
}
