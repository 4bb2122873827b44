using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.State;

namespace E3.Relay.Enclave.Engine;

/// <content>Entries that the ring makes. It takes none of them in: they come back through <see cref="Load"/>, read from the stores.</content>
internal sealed partial class KeyRing
{
    private RootKey? _nextRoot;
    private StateChain _nextChain = new();

    /// <summary>True from the order to move to a new root until the end of this engine: it makes no more entries under the old one. What other engines made is still loaded, and moved.</summary>
    public bool IsRewrapping => _nextRoot is not null;

    /// <summary>Makes first or next versions of keys and seals them.</summary>
    public ErrorCode Create(IReadOnlyList<KeyRequest> requests, bool rotate, out byte[][] entries)
    {
        entries = new byte[requests.Count][];
        StateChain chain = _chain.Fork();
        var seen = new HashSet<KeyRequest>();
        for (int i = 0; i < requests.Count; i++)
        {
            (string app, KeyPurpose purpose) = (requests[i].App, requests[i].Purpose);
            if (!Enum.IsDefined(purpose) || purpose >= KeyPurpose.Retirement || !seen.Add(requests[i]))
                return ErrorCode.MessageMalformed;
            DataKey? newest = Newest(app, purpose);
            if (newest is null == rotate)
                return rotate ? ErrorCode.AppUnknown : ErrorCode.KeyExists;
            using var secret = new SecretKey();
            byte[] point = Generate(purpose, secret);
            entries[i] = SealNext(chain, app, purpose, (newest?.Version ?? 0) + 1, RandomNumberGenerator.GetBytes(SealedEntry.KeyIdBytes), point, root, secret);
        }

        return ErrorCode.None;
    }

    /// <summary>Seals records that keys are retired.</summary>
    public ErrorCode Retire(IReadOnlyList<ulong> keyIds, out byte[][] entries)
    {
        entries = new byte[keyIds.Count][];
        StateChain chain = _chain.Fork();
        using var nothing = new SecretKey();
        for (int i = 0; i < keyIds.Count; i++)
        {
            if (Find(keyIds[i]) is not { } key)
                return ErrorCode.KeyNotLoaded;
            if (key.IsRetired || !(key.Version < Current(key.App, key.Purpose)?.Version))
                return ErrorCode.KeyNotRetirable;
            entries[i] = SealNext(chain, key.App, KeyPurpose.Retirement, key.Version, key.KeyId, default, root, nothing);
        }

        return ErrorCode.None;
    }

    /// <summary>Seals a policy whose signatures were judged.</summary>
    public byte[] SealPolicy(ReadOnlyMemory<byte> document)
    {
        using var nothing = new SecretKey();
        return SealNext(_chain.Fork(), "fleet", KeyPurpose.PolicyRecord, 1, RandomNumberGenerator.GetBytes(SealedEntry.KeyIdBytes), document, root, nothing);
    }

    /// <summary>Starts to move to a new root.</summary>
    public void StartRewrap(SecretKey nextRoot) => _nextRoot = new RootKey(nextRoot);

    /// <summary>Seals up to <paramref name="max"/> entries from a position (0-based) under the new root. They are asked for in order; 0 starts over. Null out of order.</summary>
    public byte[][]? Rewrap(ulong from, int max)
    {
        if (from == 0)
            _nextChain = new StateChain();
        if (_nextRoot is null || from != _nextChain.Length)
            return null;
        byte[][] entries = new byte[Math.Min(max, _inOrder.Count - (int)from)][];
        for (int i = 0; i < entries.Length; i++)
        {
            DataKey key = _inOrder[(int)from + i];
            entries[i] = SealNext(_nextChain, key.App, key.Purpose, key.Version, key.KeyId, key.Attachment, _nextRoot, key.Secret);
        }

        return entries;
    }

    private static byte[] SealNext(
        StateChain chain, string app, KeyPurpose purpose, uint version, ReadOnlyMemory<byte> keyId, ReadOnlyMemory<byte> attachment, RootKey root, SecretKey secret)
    {
        var header = new SealedEntry
        {
            Position = checked(chain.Length + 1),
            PreviousHead = chain.Head,
            App = app,
            Purpose = purpose,
            KeyVersion = version,
            KeyId = keyId,
            Attachment = attachment,
        };
        byte[] entry = root.Seal(header, secret);
        chain.Append(entry);
        return entry;
    }

    // Fills in the secret; returns the public point of a key pair.
    private byte[] Generate(KeyPurpose purpose, SecretKey secret)
    {
        if (purpose < KeyPurpose.ClientP256)
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
