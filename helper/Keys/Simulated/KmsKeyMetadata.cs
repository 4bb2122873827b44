using System.Text.Json.Serialization;

namespace E3.Relay.Helper.Keys.Simulated;

/// <summary>As in the KMS API reference.</summary>
internal sealed record KmsKeyMetadata(
    [property: JsonPropertyName("AWSAccountId")] string AwsAccountId, string KeyId, string Arn, string Description, bool Enabled, string KeyState, string KeyUsage, string KeySpec,
    string CustomerMasterKeySpec, string[] EncryptionAlgorithms, string KeyManager, string Origin, bool MultiRegion, double CreationDate);
