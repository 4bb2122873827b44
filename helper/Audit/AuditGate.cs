using E3.Relay.Helper.Admin;

namespace E3.Relay.Helper.Audit;

/// <summary>
/// Stands in front of the whole admin interface: lets in nobody but the helper's own user and root, and records whatever may change something before it begins and before its answer is given.
/// </summary>
internal sealed class AuditGate(AuditLog log)
{
    private const int TargetCharactersMax = 256;

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (PeerCredentials.Of(context) is not { MayAct: true } actor)
        {
            await RefuseAsync(context, StatusCodes.Status403Forbidden, "only the user that the helper runs as may ask it").ConfigureAwait(false);
            return;
        }

        // What does not exist changes nothing, and what is only read neither.
        if (HttpMethods.IsGet(context.Request.Method) || context.GetEndpoint() is not RouteEndpoint endpoint)
        {
            await next(context).ConfigureAwait(false);
            return;
        }

        string act = $"{context.Request.Method} {endpoint.RoutePattern.RawText}";
        string target = $"{context.Request.Path}{context.Request.QueryString}";
        await RecordedAsync(context, next, actor, act, target.Length > TargetCharactersMax ? target[..TargetCharactersMax] : target).ConfigureAwait(false);
    }

    private async Task RecordedAsync(HttpContext context, RequestDelegate next, AuditActor actor, string act, string target)
    {
        long number;
        try
        {
            number = log.Begin(actor, act, target);
        }
        catch (AuditException e)
        {
            await RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, e.Message).ConfigureAwait(false);
            return;
        }

        // Before the first byte of the answer: who is told that something is done may rely on it being recorded.
        bool isEnded = false;
        context.Response.OnStarting(() =>
        {
            isEnded = true;
            log.End(actor, act, target, context.Response.StatusCode switch { < 400 => "done", < 500 => "refused", _ => "failed" }, number);
            return Task.CompletedTask;
        });
        try
        {
            await next(context).ConfigureAwait(false);
        }
        catch when (!isEnded)
        {
            log.End(actor, act, target, "failed", number);
            throw;
        }
    }

    private static Task RefuseAsync(HttpContext context, int status, string error)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new AdminError(error), AdminJson.Default.AdminError, cancellationToken: context.RequestAborted);
    }
}
