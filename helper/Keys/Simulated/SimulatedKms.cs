using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace E3.Relay.Helper.Keys.Simulated;

/// <summary>
/// Answers requests as KMS does: JSON 1.1, the operation in <c>X-Amz-Target</c>, Signature Version 4, errors by their names. It knows one key, whose policy asks for an attestation document.
/// </summary>
internal sealed class SimulatedKms(VerifyingKeyAuthority authority, ReadOnlyMemory<byte> publicKey, SimulatedCredentials credentials, TimeProvider time, ILogger logger)
{
    public const string Alias = "alias/e3-relay-simulated";
    public const string Region = "local";
    private const string Service = "kms";
    private const string TargetPrefix = "TrentService.";
    private const string ContentType = "application/x-amz-json-1.1";
    private const string OaepSha256 = "RSAES_OAEP_SHA_256";
    private const string Account = "000000000000";
    private const string Description = "simulated by E3 Relay's helper; development only";
    private const string KeyUsage = "ENCRYPT_DECRYPT";
    private const int BodyBytesMax = 64 * 1024;
    private const int CiphertextBytesMax = 6144;

    private readonly string _keyId = new Guid(SHA256.HashData(publicKey.Span)[..16]).ToString();
    private readonly string _keySpec = KeySpecOf(publicKey.Span);

    public string Arn => $"arn:aws:kms:{Region}:{Account}:key/{_keyId}";

    /// <summary>Answers one request.</summary>
    public async Task AnswerAsync(HttpContext context)
    {
        string target = context.Request.Headers["X-Amz-Target"].ToString();
        string operation = target.StartsWith(TargetPrefix, StringComparison.Ordinal) ? target[TargetPrefix.Length..] : "";
        try
        {
            byte[] body = await ReadAsync(context).ConfigureAwait(false);
            if (SignatureVersion4.Check(context.Request, body, credentials, Service, time.GetUtcNow()) is { } refused)
                throw new SimulatedKmsException(refused);
            switch (operation)
            {
                case "Decrypt":
                    await WriteAsync(context, 200, await DecryptAsync(Parse(body, KmsJson.Default.KmsDecryptRequest), context.RequestAborted).ConfigureAwait(false), KmsJson.Default.KmsDecryptResponse).ConfigureAwait(false);
                    break;
                case "GetPublicKey":
                    await WriteAsync(context, 200, GetPublicKey(Parse(body, KmsJson.Default.KmsKeyRequest)), KmsJson.Default.KmsPublicKeyResponse).ConfigureAwait(false);
                    break;
                case "DescribeKey":
                    await WriteAsync(context, 200, DescribeKey(Parse(body, KmsJson.Default.KmsKeyRequest)), KmsJson.Default.KmsDescribeKeyResponse).ConfigureAwait(false);
                    break;
                default:
                    throw new SimulatedKmsException(SimulatedKmsError.UnknownOperation);
            }

            KeyLog.SimulatedKmsAnswered(logger, operation);
        }
        catch (SimulatedKmsException e)
        {
            // The name of an operation that is none comes from outside, and stays out of the log.
            KeyLog.SimulatedKmsRefused(logger, e.Error == SimulatedKmsError.UnknownOperation ? "a request" : operation, e.Error.Type, e.Error.Message);
            context.Response.Headers["x-amzn-ErrorType"] = e.Error.Type;
            await WriteAsync(context, e.Error.Status, new(e.Error.Type, e.Error.Message), KmsJson.Default.KmsErrorResponse).ConfigureAwait(false);
        }
    }

    private async Task<KmsDecryptResponse> DecryptAsync(KmsDecryptRequest request, CancellationToken cancellationToken)
    {
        CheckKey(request.KeyId);
        if (request.EncryptionAlgorithm != OaepSha256)
            throw new SimulatedKmsException(SimulatedKmsError.KeyUsage);
        if (request.Recipient is null)
            throw new SimulatedKmsException(SimulatedKmsError.AccessDenied);
        if (request.CiphertextBlob is not { Length: > 0 and <= CiphertextBytesMax } wrapped || request.Recipient is not { AttestationDocument: { } document, KeyEncryptionAlgorithm: OaepSha256 })
            throw new SimulatedKmsException(SimulatedKmsError.Serialization);
        KeyAuthorityAnswer answer = await authority.DecryptAsync(wrapped, document, cancellationToken).ConfigureAwait(false);
        return answer.Error switch
        {
            KeyAuthorityError.None => new(Arn, answer.CiphertextForRecipient.ToArray(), OaepSha256),
            KeyAuthorityError.AttestationRefused => throw new SimulatedKmsException(SimulatedKmsError.Attestation(answer.Detail)),
            KeyAuthorityError.RecipientKeyUnusable => throw new SimulatedKmsException(SimulatedKmsError.Attestation("it attests no RSA key of 2048 to 4096 bits")),
            KeyAuthorityError.PolicyRefused => throw new SimulatedKmsException(SimulatedKmsError.AccessDenied),
            _ => throw new SimulatedKmsException(SimulatedKmsError.InvalidCiphertext),
        };
    }

    private KmsPublicKeyResponse GetPublicKey(KmsKeyRequest request)
    {
        CheckKey(request.KeyId);
        return new(Arn, publicKey.ToArray(), _keySpec, _keySpec, KeyUsage, [OaepSha256]);
    }

    private KmsDescribeKeyResponse DescribeKey(KmsKeyRequest request)
    {
        CheckKey(request.KeyId);
        return new(new(Account, _keyId, Arn, Description, true, "Enabled", KeyUsage, _keySpec, _keySpec, [OaepSha256], "CUSTOMER", "EXTERNAL", false, 0));
    }

    private void CheckKey(string? keyId)
    {
        if (keyId is not null && keyId != _keyId && keyId != Arn && keyId != Alias)
            throw new SimulatedKmsException(SimulatedKmsError.NotFound);

        // As with KMS, an asymmetric key must be named.
        if (keyId is null)
            throw new SimulatedKmsException(SimulatedKmsError.Serialization);
    }

    private static async Task<byte[]> ReadAsync(HttpContext context)
    {
        if (context.Request.Method != HttpMethods.Post || context.Request.Path != "/" || context.Request.QueryString.HasValue)
            throw new SimulatedKmsException(SimulatedKmsError.UnknownOperation);
        using var body = new MemoryStream();
        byte[] buffer = new byte[8192];
        while (await context.Request.Body.ReadAsync(buffer, context.RequestAborted).ConfigureAwait(false) is > 0 and var read)
        {
            if (checked(body.Length + read) > BodyBytesMax)
                throw new SimulatedKmsException(SimulatedKmsError.Serialization);
            body.Write(buffer, 0, read);
        }

        return body.ToArray();
    }

    private static T Parse<T>(byte[] body, JsonTypeInfo<T> json)
    {
        try
        {
            return JsonSerializer.Deserialize(body, json) ?? throw new SimulatedKmsException(SimulatedKmsError.Serialization);
        }
        catch (JsonException)
        {
            throw new SimulatedKmsException(SimulatedKmsError.Serialization);
        }
    }

    private static Task WriteAsync<T>(HttpContext context, int status, T value, JsonTypeInfo<T> json)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = ContentType;
        context.Response.Headers["x-amzn-RequestId"] = Guid.NewGuid().ToString();
        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(value, json);
        context.Response.ContentLength = bytes.Length;
        return context.Response.Body.WriteAsync(bytes, context.RequestAborted).AsTask();
    }

    private static string KeySpecOf(ReadOnlySpan<byte> subjectPublicKeyInfo)
    {
        using var key = RSA.Create();
        key.ImportSubjectPublicKeyInfo(subjectPublicKeyInfo, out _);
        return $"RSA_{key.KeySize}";
    }
}
