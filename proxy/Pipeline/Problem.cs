using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace E3.Relay.Proxy.Pipeline;

/// <summary>Errors as <c>application/problem+json</c> (RFC 9457).</summary>
internal static class Problem
{
    private const string ContentType = "application/problem+json";
    private const string TypePrefix = "urn:e3-relay:error:";

    /// <summary>Sets status and headers of an answer that has not started.</summary>
    /// <returns>The body.</returns>
    public static ReadOnlyMemory<byte> Prepare(HttpResponse response, RelayError error)
    {
        ReadOnlyMemory<byte> body = Body(error);
        response.Clear();
        response.StatusCode = error.Status;
        response.ContentType = ContentType;
        response.ContentLength = body.Length;
        response.Headers.CacheControl = "no-store";
        if (error.Retry)
            response.Headers.RetryAfter = "1";
        return body;
    }

    /// <summary>Writes an answer.</summary>
    public static Task WriteAsync(HttpContext context, RelayError error)
    {
        ReadOnlyMemory<byte> body = Prepare(context.Response, error);

        // What is left of an unread body would be read and thrown away to keep the connection, for as long as the client likes to send.
        if (error.Status == StatusCodes.Status413PayloadTooLarge || error == RelayErrors.Busy)
            context.Response.Headers[HeaderNames.Connection] = "close";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    private static ReadOnlyMemory<byte> Body(RelayError error)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("type"u8, TypePrefix + error.Code);
            writer.WriteString("title"u8, ReasonPhrases.GetReasonPhrase(error.Status));
            writer.WriteNumber("status"u8, error.Status);
            writer.WriteString("code"u8, error.Code);
            if (error.RuleId is not null)
                writer.WriteString("rule"u8, error.RuleId);
            writer.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }
}
