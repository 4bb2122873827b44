using E3.Relay.Proxy.Ciphers;
using E3.Relay.Proxy.Codings;
using E3.Relay.Proxy.Configuration;
using E3.Relay.Proxy.Pipeline.Streaming;
using E3.Relay.Rules;
using Microsoft.Net.Http.Headers;

namespace E3.Relay.Proxy.Pipeline;

/// <summary>Applies request rules and makes the request what the upstream is to see.</summary>
internal sealed class RequestStep(MessageEditor editor, StreamedBodies streamed, LimitOptions limits, BufferBudget budget)
{
    /// <summary>Prepares a request for forwarding.</summary>
    /// <returns>The error for which nothing may go upstream, or null.</returns>
    public async ValueTask<RelayError?> ApplyAsync(HttpContext context, PlannedRequest planned)
    {
        HttpRequest request = context.Request;
        HeaderHygiene.RemoveOverrides(request.Headers);
        RelayError? error = RequestJudge.PlanBody(context, planned.Plan, planned.Plan.StreamsRequests ? streamed.BytesMax : limits.BodyBytesMax, out BodyPlan? plan);
        HeadSelection? head = null;
        error ??= editor.SelectHead(planned.Plan.RequestHead, request.Headers, MessageDirection.Request, out head);
        using (head)
        {
            if (error is null && (head ?? (object?)plan) is not null)
                error = await EditAsync(context, planned, head, plan);
        }

        request.Path = planned.Target.Path;
        request.QueryString = new QueryString(planned.Target.Query);
        if (planned.Plan.HasResponseRules)
            HeaderHygiene.AskForWholeBody(request.Headers, planned.Plan);
        return error;
    }

    private async ValueTask<RelayError?> EditAsync(HttpContext context, PlannedRequest planned, HeadSelection? head, BodyPlan? plan)
    {
        if (planned.Listener.RequestCipher is not { } cipher)
            return RelayErrors.EngineUnavailable;
        planned.Transformed |= plan is not null || head!.Fields.Count > 0;
        PooledBuffer? input = null;
        if (plan is not null)
        {
            input = new PooledBuffer(budget, (int)Math.Min(context.Request.ContentLength ?? 0, limits.BodyBytesMax) + 1);
            planned.Keep(input);
            RelayError? failed = context.Request.ContentLength > limits.BodyBytesMax ? RelayErrors.BodyTooLarge : await ReadAsync(context, input);
            if (failed == RelayErrors.BodyTooLarge && OpenStream(context, planned, plan) is { } scan)
                return await StreamAsync(context, planned, head, scan, input, cipher);
            if (failed is not null)
                return failed;
        }

        (PooledBuffer? output, HeadEdit? edit, RelayError? error) =
            await editor.EditAsync(head, plan, input, CodingOf(context.Request), planned.Plan.KeepsRequestCoding, planned.Rules.App, cipher, MessageDirection.Request, context.RequestAborted);
        if (error is not null)
            return error;
        if (edit is not null)
            ApplyHead(context.Request, planned, edit);
        if (output is not null)
        {
            input!.Dispose();
            planned.Keep(output);
            HeaderHygiene.RemoveDigests(context.Request.Headers);
            if (!planned.Plan.KeepsRequestCoding)
                context.Request.Headers.Remove(HeaderNames.ContentEncoding);
        }

        if (input is not null)
            SetBody(context.Request, new BufferStream(output ?? input), (output ?? input).Length);
        return null;
    }

    // A coding that is none was refused before.
    private static ContentCoding CodingOf(HttpRequest request) => CodingNames.Read(request.Headers.ContentEncoding) ?? ContentCoding.Identity;

    private static void ApplyHead(HttpRequest request, PlannedRequest planned, HeadEdit edit)
    {
        planned.Target = edit.Target ?? planned.Target;
        HeaderLines.Apply(edit.Lines, request.Headers);
    }

    private async ValueTask<RelayError?> ReadAsync(HttpContext context, PooledBuffer input)
    {
        try
        {
            return await input.FillAsync(context.Request.Body, limits.BodyBytesMax, context.RequestAborted) switch
            {
                BodyFill.Whole => null,
                BodyFill.NoRoom => RelayErrors.Busy,
                _ => RelayErrors.BodyTooLarge,
            };
        }
        catch (IOException exception)
        {
            return SourceErrors.OfClient(exception, context.Request.ContentLength > input.Length);
        }
    }

    /// <summary>What reads a body over the limit; null where it can only be read whole.</summary>
    private BodyStream? OpenStream(HttpContext context, PlannedRequest planned, BodyPlan plan) =>
        planned.Plan.StreamsRequests && CodingOf(context.Request) == ContentCoding.Identity ? streamed.Open(plan) : null;

    private async ValueTask<RelayError?> StreamAsync(HttpContext context, PlannedRequest planned, HeadSelection? head, BodyStream scan, PooledBuffer start, IFieldCipher cipher)
    {
        OperationTally tally = streamed.CreateTally();
        bool isDeclared = context.Request.ContentLength is not null;
        StreamedBody body = streamed.Create(
            planned, scan, context.Request.Body, start, tally, cipher, MessageDirection.Request,
            exception => SourceErrors.OfClient(exception, isDeclared), error => planned.RequestError = error, context.RequestAborted);
        (_, HeadEdit? edit, RelayError? error) = await editor.EditHeadAsync(head, tally, planned.Rules.App, cipher, MessageDirection.Request, context.RequestAborted);
        error ??= await body.BeginAsync(context.RequestAborted);
        if (error is not null)
            return error;
        if (edit is not null)
            ApplyHead(context.Request, planned, edit);
        HeaderHygiene.RemoveDigests(context.Request.Headers);
        SetBody(context.Request, body.Output, null);
        return null;
    }

    // Without a length the forwarder sends chunks, and only a body that is complete gets the last one.
    private static void SetBody(HttpRequest request, Stream body, long? length)
    {
        request.Body = body;
        request.Headers.Remove(HeaderNames.TransferEncoding);
        request.Headers.Remove(HeaderNames.Expect);
        request.Headers.Remove(HeaderNames.Trailer);
        request.ContentLength = length;
    }
}
