using System.Text.Json.Serialization;

namespace E3.Relay.Helper.Keys.Simulated;

internal sealed record KmsRecipientInfo(byte[]? AttestationDocument, string? KeyEncryptionAlgorithm);

internal sealed record KmsDecryptRequest(string? KeyId, byte[]? CiphertextBlob, string? EncryptionAlgorithm, KmsRecipientInfo? Recipient);

internal sealed record KmsDecryptResponse(string KeyId, byte[] CiphertextForRecipient, string EncryptionAlgorithm);

internal sealed record KmsKeyRequest(string? KeyId);

internal sealed record KmsPublicKeyResponse(string KeyId, byte[] PublicKey, string KeySpec, string CustomerMasterKeySpec, string KeyUsage, string[] EncryptionAlgorithms);

internal sealed record KmsKeyMetadata(
    [property: JsonPropertyName("AWSAccountId")] string AwsAccountId, string KeyId, string Arn, string Description, bool Enabled, string KeyState, string KeyUsage, string KeySpec,
    string CustomerMasterKeySpec, string[] EncryptionAlgorithms, string KeyManager, string Origin, bool MultiRegion, double CreationDate);

internal sealed record KmsDescribeKeyResponse(KmsKeyMetadata KeyMetadata);

internal sealed record KmsErrorResponse([property: JsonPropertyName("__type")] string Type, [property: JsonPropertyName("message")] string Message);

/// <summary>The JSON of KMS, names and forms as in the API reference.</summary>
[JsonSerializable(typeof(KmsDecryptRequest))]
[JsonSerializable(typeof(KmsDecryptResponse))]
[JsonSerializable(typeof(KmsKeyRequest))]
[JsonSerializable(typeof(KmsPublicKeyResponse))]
[JsonSerializable(typeof(KmsDescribeKeyResponse))]
[JsonSerializable(typeof(KmsErrorResponse))]
internal sealed partial class KmsJson : JsonSerializerContext;
