using System.Net;
using E3.Relay.Proxy.Configuration;
using E3.Relay.Proxy.Observability;
using E3.Relay.Rules;
using Yarp.ReverseProxy.Transforms;

namespace E3.Relay.Proxy.Pipeline;

/// <summary>
/// Applies response rules. The upstream's content is replaced rather than suppressed, so the forwarder goes on copying as usual; status and headers have
/// been copied to the answer by then and are corrected there.
/// </summary>
internal sealed class ResponseStep(BodyEditor editor, LimitOptions limits, BufferBudget budget, ILogger<ResponseStep> logger)
{
    /// <summary>Prepares a response for the client.</summary>
    public async ValueTask ApplyAsync(ResponseTransformContext context)
    {
        if (context.ProxyResponse is not { } upstream || context.HttpContext.Features.Get<PlannedRequest>() is not { Plan.HasResponseRules: true } planned)
            return;
        RelayError? error;
        try
        {
            error = await EditAsync(context.HttpContext, upstream, planned, context.CancellationToken);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            error = RelayErrors.UpstreamBroken;
        }
        catch (OperationCanceledException) when (!context.HttpContext.RequestAborted.IsCancellationRequested)
        {
            error = RelayErrors.UpstreamTimeout;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            logger.RelayFailed(exception.GetType().Name);
            error = RelayErrors.RelayFailed;
        }

        if (error is not null)
            Refuse(context.HttpContext, upstream, planned, error);
        if (error is not null || !planned.Plan.KeepsCache)
            HeaderHygiene.ForbidCaching(context.HttpContext.Response.Headers);
    }

    private async ValueTask<RelayError?> EditAsync(HttpContext context, HttpResponseMessage upstream, PlannedRequest planned, CancellationToken cancellationToken)
    {
        HttpResponse response = context.Response;
        bool hasBody = HasBody(context, upstream);
        if (hasBody && response.Headers.ContentType.Count > 1)
            return RelayErrors.UpstreamBroken;
        BodyPlanResult result = planned.Plan.ForResponse(response.ContentType, hasBody);
        if (result.Refusal is { } refusal)
        {
            bool none = refusal.Code == RefusalCode.MissingContentType && await IsEmptyAsync(upstream, cancellationToken);
            return none ? ReplaceWithNothing(context, upstream) : RelayError.OfResponse(refusal);
        }

        if (HttpMethods.IsHead(context.Request.Method))
            response.ContentLength = null;
        if (!hasBody || result.Plan is null)
            return null;
        if (upstream.StatusCode is HttpStatusCode.PartialContent or HttpStatusCode.SwitchingProtocols)
            return RelayErrors.ResponseNotWhole;
        if (!RequestJudge.IsIdentity(response.Headers.ContentEncoding))
            return RelayErrors.ResponseCoding;
        if (upstream.Content.Headers.ContentLength > limits.BodyBytesMax)
            return RelayErrors.ResponseTooLarge;
        return await EditBodyAsync(context, upstream, planned, result.Plan, cancellationToken);
    }

    private async ValueTask<RelayError?> EditBodyAsync(
        HttpContext context, HttpResponseMessage upstream, PlannedRequest planned, BodyPlan plan, CancellationToken cancellationToken)
    {
        if (planned.Listener.ResponseCipher is not { } cipher)
            return RelayErrors.EngineUnavailable;
        planned.Transformed = true;
        var input = new PooledBuffer(budget, checked((int)(upstream.Content.Headers.ContentLength ?? 0) + 1));
        planned.Keep(input);
        await using (Stream source = await upstream.Content.ReadAsStreamAsync(cancellationToken))
        {
            BodyFill fill = await input.FillAsync(source, limits.BodyBytesMax, cancellationToken);
            if (fill != BodyFill.Whole)
                return fill == BodyFill.NoRoom ? RelayErrors.Busy : RelayErrors.ResponseTooLarge;
        }

        if (input.Length == 0)
            return ReplaceWithNothing(context, upstream);

        (PooledBuffer? output, RelayError? error) = await editor.EditAsync(plan, input, planned.Rules.App, cipher, MessageDirection.Response, cancellationToken);
        if (output is not null)
        {
            input.Dispose();
            planned.Keep(output);
            HeaderHygiene.RemoveValidators(context.Response.Headers);
        }

        if (error is not null)
            return error;
        PooledBuffer body = output ?? input;
        Replace(upstream, new StreamContent(new BufferStream(body)));
        context.Response.ContentLength = body.Length;
        return null;
    }

    // Statuses and methods without content: RFC 9110 sections 9.3.2, 15.3.5 and 15.4.5.
    internal static bool HasBody(HttpContext context, HttpResponseMessage upstream) =>
        !HttpMethods.IsHead(context.Request.Method)
        && upstream.StatusCode is not (HttpStatusCode.NoContent or HttpStatusCode.NotModified)
        && upstream.Content.Headers.ContentLength != 0;

    // Only reading tells that a body of no declared length is none, and then it needs no type.
    private static async ValueTask<bool> IsEmptyAsync(HttpResponseMessage upstream, CancellationToken cancellationToken) =>
        upstream.Content.Headers.ContentLength is null
        && upstream.StatusCode != HttpStatusCode.SwitchingProtocols
        && await (await upstream.Content.ReadAsStreamAsync(cancellationToken)).ReadAsync(new byte[1], cancellationToken) == 0;

    private static RelayError? ReplaceWithNothing(HttpContext context, HttpResponseMessage upstream)
    {
        Replace(upstream, new ReadOnlyMemoryContent(default));
        context.Response.ContentLength = 0;
        return null;
    }

    private static void Refuse(HttpContext context, HttpResponseMessage upstream, PlannedRequest planned, RelayError error)
    {
        planned.ResponseError = error;
        ReadOnlyMemory<byte> body = Problem.Prepare(context.Response, error);

        // What the request did upstream is done; only a request that changes nothing should be sent again.
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
            context.Response.Headers.Remove("Retry-After");
        Replace(upstream, new ReadOnlyMemoryContent(HttpMethods.IsHead(context.Request.Method) ? default : body));
    }

    private static void Replace(HttpResponseMessage upstream, HttpContent content)
    {
        HttpContent original = upstream.Content;
        upstream.Content = content;
        original.Dispose();
    }
}
