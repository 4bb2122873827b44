using System.Text.Json.Serialization;

namespace E3.Relay.Helper.Keys.Simulated;

/// <summary>The JSON of KMS, names and forms as in the API reference.</summary>
[JsonSerializable(typeof(KmsDecryptRequest))]
[JsonSerializable(typeof(KmsDecryptResponse))]
[JsonSerializable(typeof(KmsKeyRequest))]
[JsonSerializable(typeof(KmsPublicKeyResponse))]
[JsonSerializable(typeof(KmsDescribeKeyResponse))]
[JsonSerializable(typeof(KmsErrorResponse))]
internal sealed partial class KmsJson : JsonSerializerContext;
