using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using Polly;

namespace E3.Relay.Helper.Keys.Aws;

/// <summary>AWS KMS, or whatever speaks as it does, through the AWS SDK. KMS verifies the attestation document and answers for the attested key alone; the helper sees no key.</summary>
/// <param name="options">How KMS is reached.</param>
/// <param name="expectedPublicKey">The key of the measured configuration, a DER SubjectPublicKeyInfo.</param>
/// <param name="createClient">Makes the SDK's client, at the first call: loading the SDK takes time that the engine's boot can hide.</param>
/// <param name="time">The time.</param>
internal sealed class AwsKmsKeyAuthority(AwsKmsOptions options, ReadOnlyMemory<byte> expectedPublicKey, Func<IAmazonKeyManagementService> createClient, TimeProvider time) : IKeyAuthority
{
    private const int CiphertextBytesMax = 6144;
    private readonly Lazy<IAmazonKeyManagementService> _client = new(createClient);
    private readonly ResiliencePipeline<KeyAuthorityAnswer> _pipeline = KmsPipeline.Create(options, time);
    private volatile bool _checked;

    public string Name => $"AWS KMS, key {options.KeyId}{(options.ServiceUrl is null ? "" : $" at {options.ServiceUrl}")}";

    public async Task<KeyAuthorityAnswer> CheckAsync(CancellationToken cancellationToken)
    {
        if (_checked)
            return default;
        KeyAuthorityAnswer answer = await CallAsync(GetPublicKeyAsync, cancellationToken).ConfigureAwait(false);
        _checked = answer.Error == KeyAuthorityError.None;
        return answer;
    }

    public async Task<KeyAuthorityAnswer> DecryptAsync(ReadOnlyMemory<byte> wrapped, ReadOnlyMemory<byte> attestationDocument, CancellationToken cancellationToken)
    {
        KeyAuthorityAnswer key = await CheckAsync(cancellationToken).ConfigureAwait(false);
        return key.Error == KeyAuthorityError.None
            ? await CallAsync(token => DecryptOnceAsync(wrapped, attestationDocument, token), cancellationToken).ConfigureAwait(false)
            : key;
    }

    public void Dispose()
    {
        if (_client.IsValueCreated)
            _client.Value.Dispose();
    }

    private async Task<KeyAuthorityAnswer> CallAsync(Func<CancellationToken, Task<KeyAuthorityAnswer>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await _pipeline.ExecuteAsync(async token => await AttemptAsync(call, token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (AwsErrors.IsKnown(e) && !cancellationToken.IsCancellationRequested)
        {
            return AwsErrors.Map(e);
        }
    }

    // Cancellation by the pipeline's own limits passes: the pipeline makes a time-out of it.
    private static async Task<KeyAuthorityAnswer> AttemptAsync(Func<CancellationToken, Task<KeyAuthorityAnswer>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (AwsErrors.IsKnown(e) && !cancellationToken.IsCancellationRequested)
        {
            return AwsErrors.Map(e);
        }
    }

    private async Task<KeyAuthorityAnswer> GetPublicKeyAsync(CancellationToken cancellationToken)
    {
        GetPublicKeyResponse response = await _client.Value.GetPublicKeyAsync(new() { KeyId = options.KeyId }, cancellationToken).ConfigureAwait(false);
        if (response.PublicKey is null)
            return new(KeyAuthorityError.AnswerInvalid);
        if (response.KeyUsage != KeyUsageType.ENCRYPT_DECRYPT || response.EncryptionAlgorithms?.Contains(EncryptionAlgorithmSpec.RSAES_OAEP_SHA_256.Value) != true)
            return new(KeyAuthorityError.KeyUnsuitable);
        return new(response.PublicKey.ToArray().AsSpan().SequenceEqual(expectedPublicKey.Span) ? KeyAuthorityError.None : KeyAuthorityError.KeyMismatch);
    }

    private async Task<KeyAuthorityAnswer> DecryptOnceAsync(ReadOnlyMemory<byte> wrapped, ReadOnlyMemory<byte> attestationDocument, CancellationToken cancellationToken)
    {
        using var ciphertext = new MemoryStream(wrapped.ToArray(), writable: false);
        using var document = new MemoryStream(attestationDocument.ToArray(), writable: false);
        var request = new DecryptRequest
        {
            KeyId = options.KeyId,
            CiphertextBlob = ciphertext,
            EncryptionAlgorithm = EncryptionAlgorithmSpec.RSAES_OAEP_SHA_256,
            Recipient = new() { AttestationDocument = document, KeyEncryptionAlgorithm = KeyEncryptionMechanism.RSAES_OAEP_SHA_256 },
        };
        DecryptResponse response = await _client.Value.DecryptAsync(request, cancellationToken).ConfigureAwait(false);

        // With Recipient, KMS says the plaintext to nobody. Whoever does is not KMS, and the key is no secret any more.
        return response is { Plaintext: null or { Length: 0 }, CiphertextForRecipient: { Length: > 0 and <= CiphertextBytesMax } envelope }
            ? new(KeyAuthorityError.None, envelope.ToArray())
            : new(KeyAuthorityError.AnswerInvalid);
    }
}
