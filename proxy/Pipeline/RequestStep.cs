using E3.Relay.Proxy.Codings;
using E3.Relay.Proxy.Configuration;
using E3.Relay.Rules;
using Microsoft.AspNetCore.Connections;
using Microsoft.Net.Http.Headers;

namespace E3.Relay.Proxy.Pipeline;

/// <summary>Applies request rules and makes the request what the upstream is to see.</summary>
internal sealed class RequestStep(MessageEditor editor, LimitOptions limits, BufferBudget budget)
{
    /// <summary>Prepares a request for forwarding.</summary>
    /// <returns>The error for which nothing may go upstream, or null.</returns>
    public async ValueTask<RelayError?> ApplyAsync(HttpContext context, PlannedRequest planned)
    {
        HttpRequest request = context.Request;
        HeaderHygiene.RemoveOverrides(request.Headers);
        RelayError? error = RequestJudge.PlanBody(context, planned.Plan, limits.BodyBytesMax, out BodyPlan? plan);
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
            HeaderHygiene.AskForWholeBody(request.Headers, planned.Plan.KeepsCache);
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
            input = new PooledBuffer(budget, checked((int)(context.Request.ContentLength ?? 0) + 1));
            planned.Keep(input);
            if (await ReadAsync(context, input) is { } failed)
                return failed;
        }

        (PooledBuffer? output, HeadEdit? edit, RelayError? error) =
            await editor.EditAsync(head, plan, input, CodingOf(context.Request), planned.Rules.App, cipher, MessageDirection.Request, context.RequestAborted);
        if (error is not null)
            return error;
        if (edit is not null)
            ApplyHead(context.Request, planned, edit);
        if (output is not null)
        {
            input!.Dispose();
            planned.Keep(output);
            HeaderHygiene.RemoveDigests(context.Request.Headers);
        }

        if (input is not null)
            SetBody(context.Request, output ?? input);
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
        catch (Microsoft.AspNetCore.Http.BadHttpRequestException exception)
        {
            // Where a length was declared, a body can only be slow, or end too early.
            bool isCut = exception.StatusCode == StatusCodes.Status400BadRequest && context.Request.ContentLength > input.Length;
            return isCut ? RelayErrors.ClientGone : RelayErrors.MalformedMessage with { Status = exception.StatusCode };
        }
        catch (ConnectionResetException)
        {
            return RelayErrors.ClientGone;
        }
        catch (IOException)
        {
            // Some malformed chunk sizes.
            return RelayErrors.MalformedMessage;
        }
    }

    private static void SetBody(HttpRequest request, PooledBuffer body)
    {
        request.Body = new BufferStream(body);
        request.Headers.Remove(HeaderNames.TransferEncoding);
        request.Headers.Remove(HeaderNames.Expect);
        request.Headers.Remove(HeaderNames.Trailer);
        request.ContentLength = body.Length;
    }
}
