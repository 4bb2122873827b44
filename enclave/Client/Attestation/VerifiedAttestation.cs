using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol.Messages;

namespace E3.Relay.Enclave.Client.Attestation;

/// <summary>
/// Proof that the other end of a TLS session is an accepted enclave of the fleet. Only <see cref="AttestationVerifier"/> makes one,
/// so whoever is handed one need not ask how it was checked.
/// </summary>
public sealed class VerifiedAttestation
{
    private VerifiedAttestation(AttestationDocument document, AttestationStatement statement, AcceptedMeasurement measurement)
    {
        Document = document;
        Statement = statement;
        Measurement = measurement;
    }

    /// <summary>The document.</summary>
    public AttestationDocument Document { get; }

    /// <summary>What the engine says of itself, vouched for by the document.</summary>
    public AttestationStatement Statement { get; }

    /// <summary>The image that it runs.</summary>
    public AcceptedMeasurement Measurement { get; }

    /// <summary>True when a simulated root vouches for it: then it is no enclave.</summary>
    public bool Simulated => Document.Root.IsSimulated;

    internal static AttestationError Judge(
        AttestationDocument document, AttestationStatement statement, ReadOnlySpan<byte> tlsSubjectPublicKeyInfo, ReadOnlySpan<byte> nonce,
        EnclaveTrust trust, RootExpectation root, DateTimeOffset at, out VerifiedAttestation attestation)
    {
        attestation = null!;
        if (!IsEqual(document.UserData, statement.UserData(tlsSubjectPublicKeyInfo)))
            return AttestationError.UserDataMismatch;
        if (nonce.IsEmpty || !IsEqual(document.Nonce, nonce))
            return AttestationError.NonceMismatch;
        AttestationError error = trust.Measurements.Find(document, at, out AcceptedMeasurement measurement);
        if (error != AttestationError.None)
            return error;
        if (!statement.FleetId.Span.SequenceEqual(trust.FleetId.Span))
            return AttestationError.OtherFleet;
        if (!IsExpected(statement.RootCommitment.Span, trust, root))
            return AttestationError.RootNotSigned;
        attestation = new(document, statement, measurement);
        return AttestationError.None;
    }

    private static bool IsExpected(ReadOnlySpan<byte> commitment, EnclaveTrust trust, RootExpectation root)
    {
        bool none = !commitment.ContainsAnyExcept((byte)0);
        return root switch
        {
            RootExpectation.Signed => !none && IsEqual(trust.RootCommitment, commitment),
            RootExpectation.SignedOrNone => none || IsEqual(trust.RootCommitment, commitment),
            RootExpectation.Unsigned => !none && trust.RootCommitment is null,
            _ => false,
        };
    }

    private static bool IsEqual(ReadOnlyMemory<byte>? actual, ReadOnlySpan<byte> expected) =>
        actual is { } bytes && CryptographicOperations.FixedTimeEquals(bytes.Span, expected);
}
