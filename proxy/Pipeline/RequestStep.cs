using E3.Relay.Proxy.Configuration;
using E3.Relay.Rules;
using Microsoft.Net.Http.Headers;

namespace E3.Relay.Proxy.Pipeline;

/// <summary>Applies request rules and makes the request what the upstream is to see.</summary>
internal sealed class RequestStep(BodyEditor editor, LimitOptions limits, BufferBudget budget)
{
    /// <summary>Prepares a request for forwarding.</summary>
    /// <returns>The error for which nothing may go upstream, or null.</returns>
    public async ValueTask<RelayError?> ApplyAsync(HttpContext context, PlannedRequest planned)
    {
        HttpRequest request = context.Request;
        HeaderHygiene.RemoveOverrides(request.Headers);
        request.Path = planned.Target.Path;
        request.QueryString = new QueryString(planned.Target.Query);
        RelayError? error = RequestJudge.PlanBody(context, planned.Plan, limits.BodyBytesMax, out BodyPlan? plan);
        if (error is null && plan is not null)
            error = await EditBodyAsync(context, planned, plan);
        if (planned.Plan.HasResponseRules)
            HeaderHygiene.AskForWholeBody(request.Headers, planned.Plan.KeepsCache);
        return error;
    }

    private async ValueTask<RelayError?> EditBodyAsync(HttpContext context, PlannedRequest planned, BodyPlan plan)
    {
        if (planned.Listener.RequestCipher is not { } cipher)
            return RelayErrors.EngineUnavailable;
        planned.Transformed = true;
        var input = new PooledBuffer(budget, checked((int)(context.Request.ContentLength ?? 0) + 1));
        planned.Keep(input);
        RelayError? error = await ReadAsync(context, input);
        if (error is not null)
            return error;
        (PooledBuffer? output, error) = await editor.EditAsync(plan, input, planned.Rules.App, cipher, MessageDirection.Request, context.RequestAborted);
        if (output is not null)
        {
            input.Dispose();
            planned.Keep(output);
            HeaderHygiene.RemoveDigests(context.Request.Headers);
        }

        if (error is null)
            SetBody(context.Request, output ?? input);
        return error;
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
            return RelayErrors.MalformedMessage with { Status = exception.StatusCode };
        }
        catch (IOException)
        {
            // Some malformed chunk sizes, and clients that break off.
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
