namespace E3.Relay.Helper.Keys;

/// <summary>What the errors of a key authority mean to the helper and to the person who reads them.</summary>
internal static class KeyAuthorityErrors
{
    /// <summary>True when the same request may well succeed a moment later.</summary>
    public static bool IsTransient(this KeyAuthorityError error) => error is KeyAuthorityError.Throttled or KeyAuthorityError.Unavailable or KeyAuthorityError.TimedOut;

    /// <summary>
    /// True when no later request can succeed unless this helper or its engine is changed. What somebody can put right elsewhere (a policy, credentials, a disabled key) is asked for again.
    /// </summary>
    public static bool IsFinal(this KeyAuthorityError error) => error
        is KeyAuthorityError.AttestationRefused or KeyAuthorityError.PolicyRefused or KeyAuthorityError.RecipientKeyUnusable or KeyAuthorityError.CiphertextInvalid
        or KeyAuthorityError.KeyMismatch or KeyAuthorityError.KeyUnsuitable or KeyAuthorityError.RequestInvalid or KeyAuthorityError.AnswerInvalid;

    /// <summary>The error and what to do about it.</summary>
    public static string Describe(this KeyAuthorityError error) => error switch
    {
        KeyAuthorityError.None => "nothing is refused",
        KeyAuthorityError.AttestationRefused => "AttestationRefused: the engine's attestation document is malformed, expired, of a debug enclave or of a root that is not trusted; compare the clocks, and start no engine in debug mode",
        KeyAuthorityError.PolicyRefused => "PolicyRefused: the engine's measurements are not those of the key policy; compare them with the policy's kms:RecipientAttestation conditions",
        KeyAuthorityError.RecipientKeyUnusable => "RecipientKeyUnusable: the attestation document attests no RSA key of 2048 to 4096 bits",
        KeyAuthorityError.CiphertextInvalid => "CiphertextInvalid: the wrapped root key does not open with this key; it was wrapped to another key, or the store was changed",
        KeyAuthorityError.KeyMismatch => "KeyMismatch: the key authority's public key is not the one in the measured configuration; correct KeyAuthority:KeyId, or build the image with this key",
        KeyAuthorityError.KeyUnknown => "KeyUnknown: the key authority knows no such key; check KeyAuthority:KeyId, and the region",
        KeyAuthorityError.KeyUnsuitable => "KeyUnsuitable: the key is not an RSA key with usage ENCRYPT_DECRYPT",
        KeyAuthorityError.RequestInvalid => "RequestInvalid: the key authority finds the request invalid; the id of the key is malformed, or the attestation document expired or attests no RSA key",
        KeyAuthorityError.AnswerInvalid => "AnswerInvalid: the key authority's answer is not the one of KMS to a Decrypt with Recipient; KeyAuthority:ServiceUrl may lead elsewhere",
        KeyAuthorityError.AccessDenied => "AccessDenied: the helper's role may not use the key, or not for an engine with these measurements; its policy must allow kms:GetPublicKey, and kms:Decrypt under the kms:RecipientAttestation conditions of this image",
        KeyAuthorityError.KeyDisabled => "KeyDisabled: the key is disabled, pending deletion or its key store is disconnected; enable it, or cancel the deletion",
        KeyAuthorityError.CredentialsMissing => "CredentialsMissing: the AWS SDK found no credentials in the environment, the profile, the container or the instance",
        KeyAuthorityError.CredentialsRefused => "CredentialsRefused: the credentials are unknown, expired, or their signature is refused; compare the clocks",
        KeyAuthorityError.Throttled => "Throttled: the key authority has too many requests of this account",
        KeyAuthorityError.Unavailable => "Unavailable: the key authority cannot be reached, or has failed",
        KeyAuthorityError.TimedOut => "TimedOut: the key authority did not answer in time",
        _ => throw new ArgumentOutOfRangeException(nameof(error)),
    };
}
