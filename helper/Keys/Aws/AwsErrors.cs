using System.Net;
using Amazon.Runtime;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace E3.Relay.Helper.Keys.Aws;

/// <summary>Says of each way in which a call of KMS can fail what it means. Names as in the KMS API reference, "Common errors" and the errors of Decrypt and GetPublicKey.</summary>
internal static class AwsErrors
{
    private const int CodeCharactersMax = 64;

    /// <summary>True for what a call of the SDK, or the pipeline around it, is known to throw.</summary>
    public static bool IsKnown(Exception exception) => exception
        is AmazonServiceException or AmazonClientException or HttpRequestException or IOException or TimeoutException or OperationCanceledException
        or TimeoutRejectedException or BrokenCircuitException;

    /// <summary>The meaning of an exception.</summary>
    public static KeyAuthorityAnswer Map(Exception exception) => exception switch
    {
        AmazonServiceException service => new(Map(service), Detail: Detail(service)),
        TimeoutRejectedException or TimeoutException or OperationCanceledException => new(KeyAuthorityError.TimedOut),
        BrokenCircuitException => new(KeyAuthorityError.Unavailable, Detail: "not asked again for some seconds after many failures"),

        // The SDK's own word for "I could not even ask": there was nothing to sign with.
        AmazonClientException => new(KeyAuthorityError.CredentialsMissing),
        _ => new(KeyAuthorityError.Unavailable),
    };

    // By the name: the SDK has a type only where an operation declares the error.
    private static KeyAuthorityError Map(AmazonServiceException exception) => exception.ErrorCode switch
    {
        "NotFoundException" or "InvalidArnException" => KeyAuthorityError.KeyUnknown,
        "DisabledException" or "KMSInvalidStateException" => KeyAuthorityError.KeyDisabled,
        "InvalidKeyUsageException" or "UnsupportedOperationException" => KeyAuthorityError.KeyUnsuitable,
        "InvalidCiphertextException" or "IncorrectKeyException" => KeyAuthorityError.CiphertextInvalid,
        "LimitExceededException" => KeyAuthorityError.Throttled,
        "KMSInternalException" or "DependencyTimeoutException" or "KeyUnavailableException" => KeyAuthorityError.Unavailable,
        "AccessDeniedException" or "OptInRequired" or "NotAuthorized" => KeyAuthorityError.AccessDenied,
        "UnrecognizedClientException" or "InvalidClientTokenId" or "InvalidSignatureException" or "SignatureDoesNotMatch" or "ExpiredTokenException" or "ExpiredToken"
            or "RequestExpired" or "MissingAuthenticationTokenException" or "MissingAuthenticationToken" or "IncompleteSignature" or "RequestTimeTooSkewed" => KeyAuthorityError.CredentialsRefused,
        "ThrottlingException" or "Throttling" or "TooManyRequestsException" or "RequestLimitExceeded" => KeyAuthorityError.Throttled,
        "ValidationException" or "ValidationError" => KeyAuthorityError.RequestInvalid,
        "InternalFailure" or "ServiceUnavailable" or "ServiceUnavailableException" => KeyAuthorityError.Unavailable,
        _ when exception.InnerException is OperationCanceledException or TimeoutException => KeyAuthorityError.TimedOut,
        _ when exception.StatusCode == HttpStatusCode.TooManyRequests => KeyAuthorityError.Throttled,
        _ when exception.StatusCode is 0 or >= HttpStatusCode.InternalServerError => KeyAuthorityError.Unavailable,
        _ => KeyAuthorityError.AnswerInvalid,
    };

    // An error's name and the request's id, both from outside: nothing in them may pass for a line of ours.
    private static string Detail(AmazonServiceException exception) =>
        string.Join(", request ", new[] { Printable(exception.ErrorCode), Printable(exception.RequestId) }.Where(static text => text.Length > 0));

    private static string Printable(string? text) => string.Concat((text ?? "").Where(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.').Take(CodeCharactersMax));
}
