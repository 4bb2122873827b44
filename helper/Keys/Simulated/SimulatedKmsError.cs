namespace E3.Relay.Helper.Keys.Simulated;

/// <summary>An error as KMS answers it: the HTTP status, the name that stands in <c>__type</c>, and a sentence.</summary>
internal sealed record SimulatedKmsError(int Status, string Type, string Message)
{
    public static SimulatedKmsError MissingAuthenticationToken { get; } = new(400, "MissingAuthenticationTokenException", "The request is not signed.");

    public static SimulatedKmsError IncompleteSignature { get; } = new(400, "IncompleteSignature", "The Authorization header is not one of Signature Version 4.");

    public static SimulatedKmsError UnrecognizedClient { get; } = new(400, "UnrecognizedClientException", "The access key id is not that of the simulated key authority.");

    public static SimulatedKmsError InvalidSignature { get; } = new(400, "InvalidSignatureException", "The signature does not match the request, or its time is not the present.");

    public static SimulatedKmsError UnknownOperation { get; } = new(400, "UnknownOperationException", "Only Decrypt, GetPublicKey and DescribeKey are simulated.");

    public static SimulatedKmsError Serialization { get; } = new(400, "SerializationException", "The body is not the JSON of this operation.");

    public static SimulatedKmsError NotFound { get; } = new(400, "NotFoundException", "There is one simulated key, and this is not its id.");

    public static SimulatedKmsError KeyUsage { get; } = new(400, "InvalidKeyUsageException", "The simulated key decrypts with RSAES_OAEP_SHA_256 only.");

    public static SimulatedKmsError InvalidCiphertext { get; } = new(400, "InvalidCiphertextException", "The ciphertext does not open.");

    public static SimulatedKmsError AccessDenied { get; } = new(400, "AccessDeniedException", "The key policy allows no such use: without an attestation document, or with these measurements.");

    public static SimulatedKmsError Attestation(string reason) => new(400, "ValidationException", $"The attestation document is refused: {reason}.");
}
