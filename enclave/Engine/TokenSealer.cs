using System.Buffers.Binary;
using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Tokens;

namespace E3.Relay.Enclave.Engine;

/// <summary>
/// Seals and opens tokens. One sealer belongs to one worker at a time, so its ciphers, its counters and its scratch memory are never shared:
/// no two workers can draw the same nonce, because each draws a prefix of its own per key and counts behind it.
/// </summary>
/// <param name="drawPrefix">Fills in a prefix that nobody else draws: 12 random bytes.</param>
/// <param name="flags">The flags of tokens that are sealed, and of those that open.</param>
internal sealed class TokenSealer(Action<Span<byte>> drawPrefix, byte flags) : IDisposable
{
    /// <summary>Ciphers kept for sealing and for opening, each; then the store is emptied and starts over.</summary>
    private const int CiphersMax = 512;

    // Bounds of one prefix, far below those of AES-GCM (NIST SP 800-38D section 8.3).
    private const ulong MessagesMax = 1UL << 32;
    private const ulong BlocksMax = 1UL << 36;
    private const int BlockBytes = 16;
    private const byte PadStart = 0x80;

    private readonly Dictionary<ulong, Sealing> _sealing = [];
    private readonly Dictionary<(ulong KeyId, ulong PrefixHigh, uint PrefixLow), AesGcm> _opening = [];
    private byte[] _scratch = GC.AllocateArray<byte>(4096, pinned: true);

    /// <summary>
    /// Seals a value into the decoded form of a token. The result lies in scratch memory until the next call; so the value must not.
    /// </summary>
    public ReadOnlySpan<byte> Seal(DataKey key, AssociatedData context, TokenAlgorithm algorithm, DataType type, ReadOnlySpan<byte> value)
    {
        int padded = TokenGrammar.PaddedLength(value.Length);
        Span<byte> token = Scratch(TokenGrammar.Bytes(algorithm, padded));
        TokenHeader.Write(token, flags, algorithm, key.KeyId.Span, context.RoleId, (uint)padded);
        ReadOnlySpan<byte> associatedData = context.For(token[..TokenHeader.Bytes]);
        Span<byte> nonce = token.Slice(TokenHeader.Bytes, TokenGrammar.NonceLength(algorithm));
        Span<byte> text = token.Slice(TokenHeader.Bytes + nonce.Length, padded);
        text[0] = (byte)type;
        value.CopyTo(text[1..]);
        text[(1 + value.Length)..].Clear();
        text[1 + value.Length] = PadStart;
        if (algorithm == TokenAlgorithm.Random)
            NextNonce(key, padded, nonce).Encrypt(nonce[Xaes256Gcm.HalfNonceBytes..], text, text, token[^TokenGrammar.TagBytes..], associatedData);
        else
            GcmSiv.Seal(key.Secret, associatedData, text, token[(TokenHeader.Bytes + nonce.Length)..]);
        return token;
    }

    /// <summary>
    /// Opens the decoded form of a token in place. False for whatever is wrong: there is one answer. On success type and value are what was sealed; the value lies in the token's own memory.
    /// </summary>
    public bool TryOpen(DataKey key, AssociatedData context, Span<byte> token, out DataType type, out Span<byte> value)
    {
        type = default;
        value = default;
        var header = new TokenHeader(token);
        TokenAlgorithm algorithm = header.Algorithm;
        if (header.Flags != flags || key.Purpose != PurposeOf(algorithm))
            return false;
        ReadOnlySpan<byte> associatedData = context.For(token[..TokenHeader.Bytes]);
        Span<byte> body = token[TokenHeader.Bytes..];
        Span<byte> text = body[TokenGrammar.NonceLength(algorithm)..^TokenGrammar.TagBytes];
        bool opened = algorithm == TokenAlgorithm.Random
            ? TryOpenRandom(key, associatedData, body, text)
            : GcmSiv.TryOpen(key.Secret, associatedData, body, text);
        int end = opened ? text.LastIndexOfAnyExcept((byte)0) : -1;
        if (end < 1 || text[end] != PadStart || !Enum.IsDefined((DataType)text[0]))
            return false;
        type = (DataType)text[0];
        value = text[1..end];
        return true;
    }

    /// <summary>The purpose of the keys that an algorithm uses.</summary>
    public static KeyPurpose PurposeOf(TokenAlgorithm algorithm) => algorithm == TokenAlgorithm.Deterministic ? KeyPurpose.Deterministic : KeyPurpose.Random;

    /// <summary>Scratch memory of the worker, for decoding a token into. It is zeroed by <see cref="ClearScratch"/>.</summary>
    public Span<byte> Scratch(int bytes)
    {
        if (bytes > _scratch.Length)
        {
            CryptographicOperations.ZeroMemory(_scratch);
            _scratch = GC.AllocateArray<byte>(bytes, pinned: true);
        }

        return _scratch.AsSpan(0, bytes);
    }

    /// <summary>Zeroes what the last operation left.</summary>
    public void ClearScratch(int bytes) => CryptographicOperations.ZeroMemory(_scratch.AsSpan(0, Math.Min(bytes, _scratch.Length)));

    /// <inheritdoc/>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_scratch);
        Empty(_sealing);
        Empty(_opening);
    }

    private bool TryOpenRandom(DataKey key, ReadOnlySpan<byte> associatedData, Span<byte> body, Span<byte> text)
    {
        ReadOnlySpan<byte> nonce = body[..TokenGrammar.NonceBytes];
        var cacheKey = (key.Id, BinaryPrimitives.ReadUInt64BigEndian(nonce), BinaryPrimitives.ReadUInt32BigEndian(nonce[sizeof(ulong)..]));
        bool cached = _opening.TryGetValue(cacheKey, out AesGcm? cipher);
        cipher ??= Xaes256Gcm.Derive(key.Secret, nonce);
        try
        {
            cipher.Decrypt(nonce[Xaes256Gcm.HalfNonceBytes..], text, body[^TokenGrammar.TagBytes..], text, associatedData);
        }
        catch (AuthenticationTagMismatchException)
        {
            if (!cached)
                cipher.Dispose();
            return false;
        }

        // Only a token that verified gets its derived key remembered: forged prefixes cannot push out those in use.
        if (!cached)
            Remember(_opening, cacheKey, cipher);
        return true;
    }

    private AesGcm NextNonce(DataKey key, int bytes, Span<byte> nonce)
    {
        if (!_sealing.TryGetValue(key.Id, out Sealing? sealing) || sealing.IsUsedUp)
        {
            Span<byte> prefix = stackalloc byte[Xaes256Gcm.HalfNonceBytes];
            drawPrefix(prefix);
            _sealing.Remove(key.Id);
            sealing?.Dispose();
            sealing = new(prefix.ToArray(), Xaes256Gcm.Derive(key.Secret, prefix));
            Remember(_sealing, key.Id, sealing);
        }

        sealing.Next(nonce, bytes);
        return sealing.Cipher;
    }

    private static void Remember<TKey, TCipher>(Dictionary<TKey, TCipher> ciphers, TKey key, TCipher cipher)
        where TKey : notnull
        where TCipher : IDisposable
    {
        if (ciphers.Count >= CiphersMax)
            Empty(ciphers);
        ciphers[key] = cipher;
    }

    private static void Empty<TKey, TCipher>(Dictionary<TKey, TCipher> ciphers)
        where TKey : notnull
        where TCipher : IDisposable
    {
        foreach (TCipher cipher in ciphers.Values)
            cipher.Dispose();
        ciphers.Clear();
    }

    private sealed class Sealing(byte[] prefix, AesGcm cipher) : IDisposable
    {
        private ulong _messages;
        private ulong _blocks;

        public AesGcm Cipher => cipher;

        public bool IsUsedUp => _messages >= MessagesMax || _blocks >= BlocksMax;

        public void Next(Span<byte> nonce, int bytes)
        {
            prefix.CopyTo(nonce);
            nonce[Xaes256Gcm.HalfNonceBytes..].Clear();
            BinaryPrimitives.WriteUInt64BigEndian(nonce[^sizeof(ulong)..], _messages++);
            _blocks += (ulong)(bytes / BlockBytes) + 2;
        }

        public void Dispose() => cipher.Dispose();
    }
}
