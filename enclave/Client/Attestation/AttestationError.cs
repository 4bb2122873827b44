namespace E3.Relay.Enclave.Client.Attestation;

/// <summary>Why an attestation document, or what an engine says with it, is refused. The enumeration is closed; the checks are made in this order.</summary>
public enum AttestationError
{
    /// <summary>Nothing is refused.</summary>
    None = 0,

    /// <summary>The document is over the limit.</summary>
    DocumentTooLarge = 1,

    /// <summary>The bytes are not one COSE_Sign1 (RFC 9052 section 4.2) with a map of the expected types as payload.</summary>
    DocumentMalformed = 2,

    /// <summary>The protected header is not exactly <c>{1: -35}</c> (ES384).</summary>
    ProtectedHeaderUnexpected = 3,

    /// <summary>The unprotected header is not empty.</summary>
    UnprotectedHeaderNotEmpty = 4,

    /// <summary>The signature is not 96 bytes.</summary>
    SignatureLengthInvalid = 5,

    /// <summary>A mandatory field of the payload is missing.</summary>
    FieldMissing = 6,

    /// <summary>A field of the payload is empty or over its limit.</summary>
    FieldSizeInvalid = 7,

    /// <summary>The digest is not SHA384.</summary>
    DigestUnsupported = 8,

    /// <summary>A PCR has an index over 31 or is not 48 bytes, or there is none.</summary>
    PcrInvalid = 9,

    /// <summary>A certificate of the document does not parse.</summary>
    CertificateMalformed = 10,

    /// <summary>The certificate does not chain to a pinned root.</summary>
    ChainUntrusted = 11,

    /// <summary>The chain is sound, but not valid at this time.</summary>
    ChainOutsideValidity = 12,

    /// <summary>The certificate's key is not a P-384 key.</summary>
    CertificateKeyUnsupported = 13,

    /// <summary>The document's signature does not verify.</summary>
    SignatureInvalid = 14,

    /// <summary>PCR0 is missing or all zero: the enclave runs in debug mode, and its memory and console are open to its host.</summary>
    DebugMode = 15,

    /// <summary>The document does not vouch for the statement, or not on this TLS session.</summary>
    UserDataMismatch = 16,

    /// <summary>The document does not carry the nonce that was sent: it is an old one.</summary>
    NonceMismatch = 17,

    /// <summary>The list of accepted measurements is not valid at this time.</summary>
    MeasurementsOutsideValidity = 18,

    /// <summary>No accepted measurement, valid at this time, has these PCRs.</summary>
    MeasurementNotAccepted = 19,

    /// <summary>The enclave belongs to another fleet.</summary>
    OtherFleet = 20,

    /// <summary>The enclave has no root key yet, or not the one that the administrators signed for.</summary>
    RootNotSigned = 21,

    /// <summary>The enclave has less, or something else, than an enclave of this fleet attested before: its state was put back.</summary>
    StateRolledBack = 22,
}
