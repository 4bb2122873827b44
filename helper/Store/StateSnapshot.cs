using System.Collections.Immutable;
using E3.Relay.Enclave.Protocol.State;

namespace E3.Relay.Helper.Store;

/// <summary>All sealed entries of a generation as they were read and verified, the chain over them, and the apps that they name, in order.</summary>
internal sealed record StateSnapshot(IReadOnlyList<ReadOnlyMemory<byte>> Entries, StateChain Chain, ImmutableSortedSet<string> Apps)
{
    /// <summary>No entries.</summary>
    public static readonly StateSnapshot Empty = new([], new(), ImmutableSortedSet.Create<string>(StringComparer.Ordinal));
}
