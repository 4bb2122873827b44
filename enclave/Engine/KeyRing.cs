using System.Collections.Concurrent;
using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.State;

namespace E3.Relay.Enclave.Engine;

/// <summary>
/// The loaded keys, and the chain of the entries that they came from. A key gets here only from an entry that someone handed in: what the engine makes itself is forgotten until
/// it is read back from the stores. Reading takes no lock; the engine serialises writing.
/// </summary>
internal sealed class KeyRing(RootKey root, NsmClient nsm) : IDisposable
{
    private readonly ConcurrentDictionary<ulong, DataKey> _byId = new();
    private readonly ConcurrentDictionary<(string App, KeyPurpose Purpose), DataKey> _current = new();
    private readonly ConcurrentDictionary<string, List<DataKey>> _byApp = new();
    private StateChain _chain = new();

    /// <summary>Entries so far.</summary>
    public ulong ChainLength => _chain.Length;

    /// <summary>Head of the chain.</summary>
    public ReadOnlyMemory<byte> ChainHead => _chain.Head;

    /// <summary>Running SHA-256 over the public keys in the order of the chain: digest(n) = SHA-256(digest(n-1) ‖ key id ‖ public key).</summary>
    public byte[] PublicKeysDigest { get; private set; } = new byte[SHA256.HashSizeInBytes];

    /// <summary>The key with this id.</summary>
    public DataKey? Find(ulong keyId) => _byId.GetValueOrDefault(keyId);

    /// <summary>The newest key of an app for a purpose.</summary>
    public DataKey? Current(string app, KeyPurpose purpose) => _current.GetValueOrDefault((app, purpose));

    /// <summary>What may be known of an app's keys; null when it has none.</summary>
    public KeyDescription[]? Describe(string app)
    {
        if (!_byApp.TryGetValue(app, out List<DataKey>? keys))
            return null;
        lock (keys)
            return [.. keys.Select(static key => new KeyDescription(key.Purpose, key.Version, key.KeyId, key.PublicKey))];
    }

    /// <summary>Makes keys and seals them as the next entries of the chain. The ring does not take them in.</summary>
    public ErrorCode Create(IReadOnlyList<KeyRequest> requests, out byte[][] entries)
    {
        entries = new byte[requests.Count][];
        StateChain chain = _chain.Fork();
        for (int i = 0; i < requests.Count; i++)
        {
            (string app, KeyPurpose purpose) = (requests[i].App, requests[i].Purpose);
            if (!Enum.IsDefined(purpose))
                return ErrorCode.MessageMalformed;
            if (Current(app, purpose) is not null || requests.Take(i).Contains(requests[i]))
                return ErrorCode.KeyExists;
            using var secret = new SecretKey();
            var header = new SealedEntry
            {
                Position = checked(chain.Length + 1),
                PreviousHead = chain.Head,
                App = app,
                Purpose = purpose,
                KeyVersion = 1,
                PublicKey = Generate(purpose, secret),
                KeyId = RandomNumberGenerator.GetBytes(SealedEntry.KeyIdBytes),
            };
            entries[i] = root.Seal(header, secret);
            chain.Append(entries[i]);
        }

        return ErrorCode.None;
    }

    /// <summary>Loads entries that go on from the head of the chain: all of them or none.</summary>
    public ErrorCode Load(IReadOnlyList<ReadOnlyMemory<byte>> entries)
    {
        StateChain chain = _chain.Fork();
        var keys = new List<DataKey>(entries.Count);
        ErrorCode code = ErrorCode.None;
        for (int i = 0; i < entries.Count && code == ErrorCode.None; i++)
            code = TryOpen(entries[i], chain, keys);
        if (code != ErrorCode.None)
        {
            keys.ForEach(static key => key.Dispose());
            return code;
        }

        _chain = chain;
        foreach (DataKey key in keys)
            Take(key);
        return ErrorCode.None;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (DataKey key in _byId.Values)
            key.Dispose();
        root.Dispose();
    }

    private ErrorCode TryOpen(ReadOnlyMemory<byte> bytes, StateChain chain, List<DataKey> keys)
    {
        if (!SealedEntry.TryRead(bytes, out SealedEntry entry)
            || entry.Position != chain.Length + 1
            || !entry.PreviousHead.Span.SequenceEqual(chain.Head.Span)
            || root.Open(entry) is not { } secret)
            return ErrorCode.EntryRejected;
        var key = new DataKey(entry.App, entry.Purpose, entry.KeyVersion, entry.KeyId, entry.PublicKey, secret);
        keys.Add(key);
        if (_byId.ContainsKey(key.Id) || keys.FindIndex(other => other.Id == key.Id) != keys.Count - 1)
            return ErrorCode.KeyExists;
        chain.Append(bytes.Span);
        return ErrorCode.None;
    }

    private void Take(DataKey key)
    {
        _byId[key.Id] = key;
        List<DataKey> keys = _byApp.GetOrAdd(key.App, static _ => []);
        lock (keys)
            keys.Add(key);
        if (Current(key.App, key.Purpose) is not { } newest || newest.Version < key.Version)
            _current[(key.App, key.Purpose)] = key;
        PublicKeysDigest = SHA256.HashData([.. PublicKeysDigest, .. key.KeyId.Span, .. key.PublicKey.Span]);
    }

    // Fills in the secret; returns the public point of a key pair.
    private byte[] Generate(KeyPurpose purpose, SecretKey secret)
    {
        if (purpose == KeyPurpose.Random)
        {
            nsm.Fill(secret.Span);
            return [];
        }

        using var pair = ECDiffieHellman.Create(purpose == KeyPurpose.ClientP256 ? ECCurve.NamedCurves.nistP256 : ECCurve.CreateFromFriendlyName("secp256k1"));
        ECParameters parameters = pair.ExportParameters(includePrivateParameters: true);
        parameters.D.CopyTo(secret.Span);
        CryptographicOperations.ZeroMemory(parameters.D);
        return [0x04, .. parameters.Q.X!, .. parameters.Q.Y!];
    }
}
