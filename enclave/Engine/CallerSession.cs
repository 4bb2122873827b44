using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.Framing;

namespace E3.Relay.Enclave.Engine;

/// <summary>One caller's session. It is used by one thread at a time.</summary>
public sealed class CallerSession : IDisposable
{
    private readonly FrameDigest _digest = new();
    private readonly byte[] _channel;
    private readonly SessionRegister _register;
    private byte[] _nonce = new byte[FrameDigest.NonceBytes];
    private byte[] _keyId = [];
    private ECDsa? _key;
    private ulong _sequence;

    internal CallerSession(byte[] channel, SessionRegister register)
    {
        _channel = channel;
        _register = register;
    }

    /// <summary>True after the Hello.</summary>
    public bool IsOpen => Grant is not null;

    /// <summary>What the caller may do; null before the Hello.</summary>
    internal Grant? Grant { get; private set; }

    /// <summary>The streams that are open, by the caller's numbers.</summary>
    internal Dictionary<uint, TokenStream> Streams { get; } = [];

    /// <summary>When the session ends at the latest, in milliseconds since 1970-01-01 UTC by the engine's clock.</summary>
    internal long EndsAtMs { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _digest.Dispose();
        _key?.Dispose();
        foreach (TokenStream stream in Streams.Values)
            stream.Dispose();
        if (Grant is not null)
            _register.Leave(Grant);
    }

    /// <summary>Takes the caller's key, which the first frame brings along. Its signature proves nothing but its possession; the grant must name it.</summary>
    internal bool TryTakeKey(ReadOnlySpan<byte> subjectPublicKeyInfo)
    {
        try
        {
            _key = P256Key.Import(subjectPublicKeyInfo);
            _keyId = SignedDocument.KeyId(subjectPublicKeyInfo);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>
    /// Judges a frame before a byte of its payload is decoded. The cheap checks come first and tell an honest caller what is wrong; against others the signature alone counts.
    /// </summary>
    internal ErrorCode Verify(ReadOnlySpan<byte> frame)
    {
        var header = new RequestHeader(frame);
        if (header.Version != ProtocolLimits.Version)
            return ErrorCode.VersionUnsupported;
        if (header.Signature.IndexOfAnyExcept((byte)0) < 0)
            return ErrorCode.FrameUnsigned;
        if (_key is null || !header.CallerKeyId.SequenceEqual(_keyId))
            return ErrorCode.CallerUnknown;
        if (header.Sequence != _sequence)
            return ErrorCode.SequenceInvalid;
        if (!header.Channel.SequenceEqual(_channel))
            return ErrorCode.ChannelMismatch;
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        _digest.Compute(frame, _nonce, digest);
        if (!_key.VerifyHash(digest, header.Signature))
            return ErrorCode.SignatureInvalid;
        _sequence++;
        return ErrorCode.None;
    }

    /// <summary>True when one more stream may be opened under this number.</summary>
    internal bool HasRoomFor(uint number)
    {
        foreach ((uint silent, TokenStream stream) in Streams)
        {
            if (stream.IsOver)
                Streams.Remove(silent);
        }

        return Streams.Count < ProtocolLimits.StreamsMax && !Streams.ContainsKey(number);
    }

    /// <summary>Opens the session under a fresh nonce.</summary>
    internal ReadOnlyMemory<byte> Open(Grant grant, long endsAtMs)
    {
        Grant = grant;
        EndsAtMs = endsAtMs;
        return _nonce = RandomNumberGenerator.GetBytes(FrameDigest.NonceBytes);
    }
}
