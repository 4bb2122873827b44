using E3.Relay.Enclave.Protocol.State;

namespace E3.Relay.Helper.Store;

/// <summary>All sealed entries as they were read and verified, and the chain over them.</summary>
internal sealed record StateSnapshot(IReadOnlyList<ReadOnlyMemory<byte>> Entries, StateChain Chain, IReadOnlyList<string> Apps);
