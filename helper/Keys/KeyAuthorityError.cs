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

    /// <summary>The authority's key is another one than the measured configuration names.</summary>
    KeyMismatch,

    /// <summary>The authority knows no such key.</summary>
    KeyUnknown,

    /// <summary>The key is of a kind that cannot do this.</summary>
    KeyUnsuitable,

    /// <summary>The authority finds the request itself invalid.</summary>
    RequestInvalid,

    /// <summary>The authority answered with something that is no answer.</summary>
    AnswerInvalid,

    /// <summary>The caller may not use the key, or not with these measurements: KMS gives one error for both.</summary>
    AccessDenied,

    /// <summary>The key is disabled, about to be deleted, or its store is cut off.</summary>
    KeyDisabled,

    /// <summary>There are no credentials to sign the request with.</summary>
    CredentialsMissing,

    /// <summary>The credentials are unknown, expired, or their signature is refused.</summary>
    CredentialsRefused,

    /// <summary>Too many requests.</summary>
    Throttled,

    /// <summary>The authority cannot be reached, or has failed.</summary>
    Unavailable,

    /// <summary>The authority did not answer in time.</summary>
    TimedOut,
}
