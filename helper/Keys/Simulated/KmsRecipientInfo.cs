namespace E3.Relay.Helper.Keys.Simulated;

/// <summary>As in the KMS API reference.</summary>
internal sealed record KmsRecipientInfo(byte[]? AttestationDocument, string? KeyEncryptionAlgorithm);
