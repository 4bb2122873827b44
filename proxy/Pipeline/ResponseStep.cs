using System.Net;
using E3.Relay.Proxy.Ciphers;
using E3.Relay.Proxy.Codings;
using E3.Relay.Proxy.Configuration;
using E3.Relay.Proxy.Observability;
using E3.Relay.Proxy.Pipeline.Streaming;
using E3.Relay.Rules;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Transforms;

namespace E3.Relay.Proxy.Pipeline;

/// <summary>
/// Applies response rules. The upstream's content is replaced rather than suppressed, so the forwarder goes on copying as usual; status and headers have
/// been copied to the answer by then and are corrected there.
/// </summary>
internal sealed class ResponseStep(MessageEditor editor, StreamedBodies streamed, LimitOptions limits, BufferBudget budget, ILogger<ResponseStep> logger)
{
    /// <summary>Prepares a response for the client.</summary>
    public async ValueTask ApplyAsync(ResponseTransformContext context)
    {
        if (context.ProxyResponse is not { } upstream)
            return;
        PlannedRequest? planned = context.HttpContext.Features.Get<PlannedRequest>();
        if (upstream.StatusCode == HttpStatusCode.SwitchingProtocols && !MaySwitch(context.HttpContext, planned))
            Refuse(context.HttpContext, upstream, planned, RelayErrors.ResponseNotWhole);
        else if (planned is { Plan.HasResponseRules: true })
            await ApplyAsync(context, upstream, planned);
    }

    private async ValueTask ApplyAsync(ResponseTransformContext context, HttpResponseMessage upstream, PlannedRequest planned)
    {
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
        IHeaderDictionary headers = context.Response.Headers;
        headers.Remove(HeaderNames.Trailer);
        (BodyPlan? plan, RelayError? error) = await PlanBodyAsync(context, upstream, planned, cancellationToken);
        HeadSelection? head = null;
        error ??= editor.SelectHead(planned.Plan.ResponseHead, headers, MessageDirection.Response, out head);
        using (head)
        {
            if (error is not null || (head ?? (object?)plan) is null)
                return error;
            return await EditAsync(context, upstream, planned, head, plan, cancellationToken);
        }
    }

    /// <summary>The operations on the body; none when it stays as it is.</summary>
    private async ValueTask<(BodyPlan? Plan, RelayError? Error)> PlanBodyAsync(
        HttpContext context, HttpResponseMessage upstream, PlannedRequest planned, CancellationToken cancellationToken)
    {
        HttpResponse response = context.Response;
        bool hasBody = HasBody(context, upstream);
        if (hasBody && response.Headers.ContentType.Count > 1)
            return (null, RelayErrors.UpstreamBroken);
        BodyPlanResult result = planned.Plan.ForResponse(response.ContentType, hasBody);
        if (result.Refusal is { } refusal)
        {
            if (refusal.Code != RefusalCode.MissingContentType || !await IsEmptyAsync(upstream, cancellationToken))
                return (null, RelayError.OfResponse(refusal));
            ReplaceWithNothing(context, upstream);
            return default;
        }

        if (HttpMethods.IsHead(context.Request.Method))
            response.ContentLength = null;
        if (!hasBody || result.Plan is null)
            return default;
        if (upstream.StatusCode is HttpStatusCode.PartialContent)
            return (null, RelayErrors.ResponseNotWhole);
        if (CodingNames.Read(response.Headers.ContentEncoding) is null)
            return (null, RelayErrors.ResponseCoding);
        return upstream.Content.Headers.ContentLength > (planned.Plan.StreamsResponses ? streamed.BytesMax : limits.BodyBytesMax) ? (null, RelayErrors.ResponseTooLarge) : (result.Plan, null);
    }

    private async ValueTask<RelayError?> EditAsync(
        HttpContext context, HttpResponseMessage upstream, PlannedRequest planned, HeadSelection? head, BodyPlan? plan, CancellationToken cancellationToken)
    {
        if (planned.Listener.ResponseCipher is not { } cipher)
            return RelayErrors.EngineUnavailable;
        planned.Transformed |= plan is not null || head!.Fields.Count > 0;
        PooledBuffer? input = null;
        ContentCoding coding = CodingNames.Read(context.Response.Headers.ContentEncoding) ?? ContentCoding.Identity;
        if (plan is not null)
        {
            long length = upstream.Content.Headers.ContentLength ?? 0;
            input = new PooledBuffer(budget, (int)Math.Min(length, limits.BodyBytesMax) + 1);
            planned.Keep(input);
            RelayError? failed = length > limits.BodyBytesMax ? RelayErrors.ResponseTooLarge : await ReadAsync(upstream, input, cancellationToken);
            if (failed == RelayErrors.ResponseTooLarge && coding == ContentCoding.Identity && MayStream(context, upstream, planned) && streamed.Open(plan) is { } scan)
                return await StreamAsync(context, upstream, planned, head, scan, input, cancellationToken);
            if (failed is not null)
                return failed;
        }

        BodyPlan? applied = input is { Length: 0 } ? null : plan;
        (PooledBuffer? output, HeadEdit? edit, RelayError? error) =
            await editor.EditAsync(head, applied, input, coding, planned.Plan.KeepsResponseCoding, planned.Rules.App, cipher, MessageDirection.Response, cancellationToken);
        if (error is not null)
            return error;
        if (edit is not null)
            HeaderLines.Apply(edit.Lines, context.Response.Headers);
        if (output is not null)
        {
            input!.Dispose();
            planned.Keep(output);
            HeaderHygiene.RemoveValidators(context.Response.Headers);
            if (!planned.Plan.KeepsResponseCoding)
                context.Response.Headers.Remove(HeaderNames.ContentEncoding);
        }

        if (input is not null)
            SetBody(context, upstream, output ?? input);
        return null;
    }

    private async ValueTask<RelayError?> ReadAsync(HttpResponseMessage upstream, PooledBuffer input, CancellationToken cancellationToken)
    {
        Stream source = await upstream.Content.ReadAsStreamAsync(cancellationToken);
        return await input.FillAsync(source, limits.BodyBytesMax, cancellationToken) switch
        {
            BodyFill.Whole => null,
            BodyFill.NoRoom => RelayErrors.Busy,
            _ => RelayErrors.ResponseTooLarge,
        };
    }

    /// <summary>Whether both ends can tell a body that was cut off from a complete one: not where the end of the connection is the end of the body (RFC 9112, section 6.3).</summary>
    private static bool MayStream(HttpContext context, HttpResponseMessage upstream, PlannedRequest planned) =>
        planned.Plan.StreamsResponses
        && !HttpProtocol.IsHttp10(context.Request.Protocol)
        && (upstream.Content.Headers.ContentLength is not null || upstream.Headers.TransferEncodingChunked == true || upstream.Version.Major > 1);

    private async ValueTask<RelayError?> StreamAsync(
        HttpContext context, HttpResponseMessage upstream, PlannedRequest planned, HeadSelection? head, BodyStream scan, PooledBuffer start, CancellationToken cancellationToken)
    {
        IFieldCipher cipher = planned.Listener.ResponseCipher!;
        OperationTally tally = streamed.CreateTally();
        HttpContent original = upstream.Content;
        StreamedBody body = streamed.Create(
            planned, scan, await original.ReadAsStreamAsync(cancellationToken), start, tally, cipher, MessageDirection.Response,
            SourceErrors.OfUpstream, error => planned.ResponseError = error, context.RequestAborted);
        planned.Keep(original);
        (_, HeadEdit? edit, RelayError? error) = await editor.EditHeadAsync(head, tally, planned.Rules.App, cipher, MessageDirection.Response, cancellationToken);
        error ??= await body.BeginAsync(cancellationToken);
        if (error is not null)
            return error;
        if (edit is not null)
            HeaderLines.Apply(edit.Lines, context.Response.Headers);
        HeaderHygiene.RemoveValidators(context.Response.Headers);
        upstream.Content = new StreamContent(body.Output);
        context.Response.ContentLength = null;
        return null;
    }

    private static void SetBody(HttpContext context, HttpResponseMessage upstream, PooledBuffer body)
    {
        Replace(upstream, new StreamContent(new BufferStream(body)));
        context.Response.ContentLength = body.Length;
    }

    // What follows a switch of protocols is no HTTP any more: where rules apply no request for one went upstream, and elsewhere the client must have asked for it.
    private static bool MaySwitch(HttpContext context, PlannedRequest? planned) =>
        context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } && planned is null or { Plan: { MatchedAnyRule: false, AllowsUnmatchedBody: true } };

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

    private static void ReplaceWithNothing(HttpContext context, HttpResponseMessage upstream)
    {
        Replace(upstream, new ReadOnlyMemoryContent(default));
        context.Response.ContentLength = 0;
    }

    private static void Refuse(HttpContext context, HttpResponseMessage upstream, PlannedRequest? planned, RelayError error)
    {
        if (planned is not null)
            planned.ResponseError = error;
        ReadOnlyMemory<byte> body = Problem.Prepare(context.Response, error);

        // What the request did upstream is done; only a request that changes nothing should be sent again.
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
            context.Response.Headers.Remove("Retry-After");
        // Left as it is, a switch of protocols would be carried out by the forwarder.
        upstream.StatusCode = (HttpStatusCode)error.Status;
        Replace(upstream, new ReadOnlyMemoryContent(HttpMethods.IsHead(context.Request.Method) ? default : body));
    }

    private static void Replace(HttpResponseMessage upstream, HttpContent content)
    {
        HttpContent original = upstream.Content;
        upstream.Content = content;
        original.Dispose();
    }
}
