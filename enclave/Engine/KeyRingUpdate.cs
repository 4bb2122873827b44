using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.State;

namespace E3.Relay.Enclave.Engine;

/// <summary>Entries on their way into a ring: each is judged against the ring and those in front of it, and the ring changes only when all of them are sound.</summary>
internal sealed class KeyRingUpdate(KeyRing ring, StateChain chain)
{
    private readonly HashSet<ulong> _ids = [];
    private readonly Dictionary<(string App, KeyPurpose Purpose), uint> _newest = [];

    /// <summary>The entries so far, opened.</summary>
    public List<DataKey> Keys { get; } = [];

    /// <summary>The chain so far.</summary>
    public StateChain Chain => chain;

    /// <summary>The policy in force after them.</summary>
    public Policy? Policy { get; private set; } = ring.Policy;

    /// <summary>Judges and opens the next entry.</summary>
    public ErrorCode TryAdd(ReadOnlyMemory<byte> bytes, RootKey root)
    {
        if (!SealedEntry.TryRead(bytes, out SealedEntry entry)
            || entry.Position != chain.Length + 1
            || !entry.PreviousHead.Span.SequenceEqual(chain.Head.Span)
            || root.Open(entry) is not { } secret)
            return ErrorCode.EntryRejected;
        var key = new DataKey(entry, secret);
        Keys.Add(key);
        chain.Append(bytes.Span);
        return key.Purpose switch
        {
            KeyPurpose.Retirement => ring.Find(key.Id) is not null || _ids.Contains(key.Id) ? ErrorCode.None : ErrorCode.EntryRejected,
            KeyPurpose.PolicyRecord => AddPolicy(key),
            _ => Enum.IsDefined(key.Purpose) ? AddKey(key) : ErrorCode.EntryRejected,
        };
    }

    private ErrorCode AddKey(DataKey key)
    {
        if (ring.Find(key.Id) is not null || !_ids.Add(key.Id))
            return ErrorCode.KeyExists;
        (string, KeyPurpose) name = (key.App, key.Purpose);
        uint newest = _newest.TryGetValue(name, out uint version) ? version : ring.Newest(key.App, key.Purpose)?.Version ?? 0;
        _newest[name] = key.Version;
        return key.Version == newest + 1 ? ErrorCode.None : ErrorCode.EntryRejected;
    }

    // Its signatures were judged when it was sealed, and nobody else can seal.
    private ErrorCode AddPolicy(DataKey record)
    {
        if (!SignedDocument.TryRead(record.Attachment, out SignedDocument document) || !Protocol.Documents.Policy.TryRead(document.Body, out Policy policy) || policy.Serial <= (Policy?.Serial ?? 0))
            return ErrorCode.EntryRejected;
        Policy = policy;
        return ErrorCode.None;
    }
}
