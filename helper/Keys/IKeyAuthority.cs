namespace E3.Relay.Helper.Keys;

/// <summary>Opens wrapped root keys for attested engines, and for nobody else: AWS KMS, or a simulation of it.</summary>
internal interface IKeyAuthority
{
    /// <summary>Decrypts a wrapped key and encrypts it to the RSA key in the attestation document (KMS: Decrypt with Recipient).</summary>
    Task<KeyAuthorityAnswer> DecryptAsync(ReadOnlyMemory<byte> wrapped, ReadOnlyMemory<byte> attestationDocument, CancellationToken cancellationToken);
}
