using Microsoft.AspNetCore.Connections;
using BadHttpRequestException = Microsoft.AspNetCore.Http.BadHttpRequestException;

namespace E3.Relay.Proxy.Pipeline.Streaming;

/// <summary>The errors for what goes wrong where a body comes from.</summary>
internal static class SourceErrors
{
    /// <summary>The error for what a client's body throws; null for what is no fault of it.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="isShort">Whether less than the declared length came: such a body can only be slow, or end too early.</param>
    public static RelayError? OfClient(Exception exception, bool isShort) => exception switch
    {
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => RelayErrors.BodyTooLarge,
        BadHttpRequestException { StatusCode: StatusCodes.Status400BadRequest } when isShort => RelayErrors.ClientGone,
        BadHttpRequestException bad => RelayErrors.MalformedMessage with { Status = bad.StatusCode },
        ConnectionResetException => RelayErrors.ClientGone,
        // Some malformed chunk sizes.
        IOException => RelayErrors.MalformedMessage,
        _ => null,
    };

    /// <summary>The error for what an upstream's body throws; null for what is no fault of it.</summary>
    public static RelayError? OfUpstream(Exception exception) => exception is HttpRequestException or IOException ? RelayErrors.UpstreamBroken : null;
}
