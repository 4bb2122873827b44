using System.Collections.Concurrent;
using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.State;

namespace E3.Relay.Enclave.Engine;

/// <summary>
/// The loaded keys, and the chain of the entries that they came from. A key gets here only from an entry that someone handed in: what the engine makes itself is forgotten until
/// it is read back from the stores. A key that was loaded opens; it seals only once it is active: then every other engine of the fleet has loaded it too. Reading takes no lock; the
/// engine serialises writing.
/// </summary>
internal sealed partial class KeyRing(RootKey root, NsmClient nsm) : IDisposable
{
    private readonly ConcurrentDictionary<ulong, DataKey> _byId = new();
    private readonly ConcurrentDictionary<(string App, KeyPurpose Purpose), DataKey[]> _versions = new();
    private readonly List<DataKey> _inOrder = [];
    private volatile Policy? _policy;
    private StateChain _chain = new();
    private ulong _active;

    /// <summary>Entries so far.</summary>
    public ulong ChainLength => _chain.Length;

    /// <summary>Head of the chain.</summary>
    public ReadOnlyMemory<byte> ChainHead => _chain.Head;

    /// <summary>Running SHA-256 over the public keys in the order of the chain: digest(n) = SHA-256(digest(n-1) ‖ key id ‖ public key).</summary>
    public byte[] PublicKeysDigest { get; private set; } = new byte[SHA256.HashSizeInBytes];

    /// <summary>The policy in force, if there is one.</summary>
    public Policy? Policy => _policy;

    /// <summary>Keys loaded.</summary>
    public int Count => _byId.Count;

    /// <summary>The key with this id.</summary>
    public DataKey? Find(ulong keyId) => _byId.GetValueOrDefault(keyId);

    /// <summary>All versions of an app's key for a purpose, oldest first.</summary>
    public ReadOnlySpan<DataKey> Versions(string app, KeyPurpose purpose) => _versions.GetValueOrDefault((app, purpose));

    /// <summary>The newest key of an app for a purpose, active or not. It is never a retired one.</summary>
    public DataKey? Newest(string app, KeyPurpose purpose) => Versions(app, purpose) is [.., DataKey newest] ? newest : null;

    /// <summary>The key that seals: the newest active one. Where that one is retired, some engine seals with a newer one already, so all have loaded it.</summary>
    public DataKey? Current(string app, KeyPurpose purpose)
    {
        ReadOnlySpan<DataKey> versions = Versions(app, purpose);
        for (int i = versions.Length - 1; i >= 0; i--)
        {
            if (IsActive(versions[i]))
                return versions[i].IsRetired ? versions[^1] : versions[i];
        }

        return null;
    }

    /// <summary>True when the key may be used for more than opening.</summary>
    public bool IsActive(DataKey key) => key.Position <= Volatile.Read(ref _active);

    /// <summary>Lets the keys up to a length of the chain be used. It never goes back.</summary>
    public ErrorCode Activate(ulong length)
    {
        if (length > ChainLength)
            return ErrorCode.ChecksumMismatch;
        Volatile.Write(ref _active, Math.Max(_active, length));
        return ErrorCode.None;
    }

    /// <summary>What may be known of an app's active keys; empty when it has none.</summary>
    public List<KeyDescription> Describe(string app)
    {
        var keys = new List<KeyDescription>();
        foreach (KeyPurpose purpose in Enum.GetValues<KeyPurpose>())
        {
            foreach (DataKey key in Versions(app, purpose))
            {
                // A client that was given the public half of a key would seal for it at once.
                if (IsActive(key))
                    keys.Add(new(key.Purpose, key.Version, key.KeyId, key.Attachment, key.IsRetired));
            }
        }

        return keys;
    }

    /// <summary>Loads entries that go on from the head of the chain: all of them or none.</summary>
    public ErrorCode Load(IReadOnlyList<ReadOnlyMemory<byte>> entries)
    {
        var loading = new KeyRingUpdate(this, _chain.Fork());
        ErrorCode code = ErrorCode.None;
        for (int i = 0; i < entries.Count && code == ErrorCode.None; i++)
            code = loading.TryAdd(entries[i], root);
        if (code != ErrorCode.None)
        {
            loading.Keys.ForEach(static key => key.Dispose());
            return code;
        }

        _chain = loading.Chain;
        _policy = loading.Policy;
        foreach (DataKey key in loading.Keys)
            Take(key);
        return ErrorCode.None;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _inOrder.ForEach(static key => key.Dispose());
        _nextRoot?.Dispose();
        root.Dispose();
    }

    private void Take(DataKey key)
    {
        _inOrder.Add(key);
        if (key.Purpose == KeyPurpose.Retirement)
            _byId[key.Id].IsRetired = true;
        if (!key.IsKey)
            return;
        _byId[key.Id] = key;
        _versions.AddOrUpdate((key.App, key.Purpose), static (_, added) => [added], static (_, versions, added) => [.. versions, added], key);
        PublicKeysDigest = SHA256.HashData([.. PublicKeysDigest, .. key.KeyId.Span, .. key.Attachment.Span]);
    }
}
