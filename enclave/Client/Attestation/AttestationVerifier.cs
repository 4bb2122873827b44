using E3.Relay.Enclave.Protocol.Messages;

namespace E3.Relay.Enclave.Client.Attestation;

/// <summary>
/// Judges attestation documents of AWS Nitro Enclaves: an untagged or tagged COSE_Sign1 (RFC 9052) whose payload is a CBOR map signed by a key that chains to a pinned root.
/// Hostile bytes give an <see cref="AttestationError"/>, never an exception.
/// </summary>
public static class AttestationVerifier
{
    /// <summary>Verifies form, chain and signature of a document at a time, and that the enclave does not run in debug mode.</summary>
    /// <param name="bytes">The document.</param>
    /// <param name="roots">The pinned roots.</param>
    /// <param name="at">The time at which the chain must be valid.</param>
    /// <param name="document">The document, when nothing is refused.</param>
    public static AttestationError VerifyDocument(
        ReadOnlyMemory<byte> bytes, IReadOnlyList<AttestationRoot> roots, DateTimeOffset at, out AttestationDocument document)
    {
        AttestationError error = AttestationDocument.Verify(bytes, roots, at, out document);
        if (error != AttestationError.None)
            document = null!;
        return error;
    }

    /// <summary>Verifies the evidence that came over a TLS session.</summary>
    /// <param name="evidence">Document and statement.</param>
    /// <param name="tlsSubjectPublicKeyInfo">The key of the certificate that the session's peer showed.</param>
    /// <param name="nonce">The nonce that was sent.</param>
    /// <param name="trust">What is trusted.</param>
    /// <param name="root">Which root key the engine must have.</param>
    /// <param name="at">The time.</param>
    /// <param name="attestation">The proof, when nothing is refused.</param>
    public static AttestationError Verify(
        Evidence evidence, ReadOnlySpan<byte> tlsSubjectPublicKeyInfo, ReadOnlySpan<byte> nonce, EnclaveTrust trust, RootExpectation root, DateTimeOffset at,
        out VerifiedAttestation attestation)
    {
        attestation = null!;
        AttestationError error = VerifyDocument(evidence.Document, trust.Roots, at, out AttestationDocument document);
        return error != AttestationError.None
            ? error
            : VerifiedAttestation.Judge(document, evidence.Statement, tlsSubjectPublicKeyInfo, nonce, trust, root, at, out attestation);
    }
}
