using System.Text.Json.Serialization;

namespace E3.Relay.Helper.Keys.Simulated;

/// <summary>As in the KMS API reference.</summary>
internal sealed record KmsErrorResponse([property: JsonPropertyName("__type")] string Type, [property: JsonPropertyName("message")] string Message);
