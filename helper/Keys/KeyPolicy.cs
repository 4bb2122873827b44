using E3.Relay.Enclave.Client.Attestation;

namespace E3.Relay.Helper.Keys;

/// <summary>The conditions of a key policy: <c>kms:RecipientAttestation:ImageSha384</c> (PCR0) and <c>kms:RecipientAttestation:PCR2</c>.</summary>
internal sealed record KeyPolicy(ReadOnlyMemory<byte> Pcr0, ReadOnlyMemory<byte> Pcr2)
{
    public bool Allows(AttestationDocument document) => IsEqual(document.Pcr(0), Pcr0) && IsEqual(document.Pcr(2), Pcr2);

    private static bool IsEqual(ReadOnlyMemory<byte>? actual, ReadOnlyMemory<byte> expected) => actual is { } value && value.Span.SequenceEqual(expected.Span);
}
