using System.Security.Cryptography;

namespace E3.Relay.Enclave.Protocol.Framing;

/// <summary>
/// What a request signature covers: SHA-256 of the domain string, the direction, the header in front of the signature
/// (version, call, caller key id, sequence, channel), the session nonce and the payload.
/// </summary>
public sealed class FrameDigest : IDisposable
{
    /// <summary>Bytes of a session nonce. Before the Hello is answered it is all zero.</summary>
    public const int NonceBytes = 32;

    private const byte CallerToEngine = 1;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    private static ReadOnlySpan<byte> Domain => "E3-RPC-REQUEST-V1\0"u8;

    /// <summary>Computes the digest of a frame (without its length prefix) into 32 bytes.</summary>
    public void Compute(ReadOnlySpan<byte> frame, ReadOnlySpan<byte> sessionNonce, Span<byte> digest)
    {
        _hash.AppendData(Domain);
        _hash.AppendData([CallerToEngine]);
        _hash.AppendData(frame[..RequestHeader.SignedBytes]);
        _hash.AppendData(sessionNonce[..NonceBytes]);
        _hash.AppendData(frame[RequestHeader.Bytes..]);
        _hash.GetHashAndReset(digest);
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();
}
