namespace E3.Relay.Helper.Keys.Simulated;

/// <summary>As in the KMS API reference.</summary>
internal sealed record KmsPublicKeyResponse(string KeyId, byte[] PublicKey, string KeySpec, string CustomerMasterKeySpec, string KeyUsage, string[] EncryptionAlgorithms);
