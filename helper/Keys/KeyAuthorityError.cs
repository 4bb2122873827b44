namespace E3.Relay.Helper.Keys;

/// <summary>Why a key authority does not decrypt.</summary>
internal enum KeyAuthorityError
{
    None = 0,

    /// <summary>The attestation document is refused: form, chain, signature or debug mode.</summary>
    AttestationRefused,

    /// <summary>The document's measurements are not those of the key's policy.</summary>
    PolicyRefused,

    /// <summary>The document attests no RSA key of at least 2048 bits to encrypt to.</summary>
    RecipientKeyUnusable,

    /// <summary>The ciphertext does not open.</summary>
    CiphertextInvalid,
}
