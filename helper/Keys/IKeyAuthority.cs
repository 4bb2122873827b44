namespace E3.Relay.Helper.Keys;

/// <summary>Opens wrapped root keys for attested engines, and for nobody else: AWS KMS, a token, a key file, or a simulation of KMS.</summary>
internal interface IKeyAuthority : IDisposable
{
    /// <summary>What it is, for people.</summary>
    string Name { get; }

    /// <summary>
    /// Makes sure that the authority answers and holds the private half of the measured configuration's KMS key. Before genesis a root key wrapped to any other key would be lost.
    /// </summary>
    Task<KeyAuthorityAnswer> CheckAsync(CancellationToken cancellationToken);

    /// <summary>Decrypts a wrapped key and encrypts it to the RSA key in the attestation document (KMS: Decrypt with Recipient).</summary>
    Task<KeyAuthorityAnswer> DecryptAsync(ReadOnlyMemory<byte> wrapped, ReadOnlyMemory<byte> attestationDocument, CancellationToken cancellationToken);
}
