namespace E3.Relay.Helper.Keys;

/// <summary>The RSA key that root keys are wrapped to, wherever its private half is kept.</summary>
internal interface IWrappingKey : IDisposable
{
    /// <summary>The public half, a DER SubjectPublicKeyInfo.</summary>
    ReadOnlyMemory<byte> PublicKey { get; }

    /// <summary>Opens RSAES-OAEP with SHA-256 and MGF1-SHA-256 (RFC 8017 section 7.1); null when it does not open. The caller zeroes the answer.</summary>
    /// <exception cref="KeyAuthorityUnavailableException">What keeps the key does not answer.</exception>
    byte[]? Unwrap(ReadOnlySpan<byte> wrapped);
}
