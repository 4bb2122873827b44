using E3.Relay.Proxy.Listeners;
using E3.Relay.Proxy.Observability;
using Yarp.ReverseProxy.Forwarder;

namespace E3.Relay.Proxy.Pipeline;

/// <summary>
/// The way of every request: judged, edited, forwarded. Whatever fails before the forwarder is reached ends in an answer of our own, and nothing goes upstream.
/// </summary>
internal sealed class RelayMiddleware(RequestDelegate next, RequestStep requests, RuleObserver observer, RelayMetrics metrics, ILogger<RelayMiddleware> logger)
{
    private const string SimulatedHeader = "E3-Simulated";

    public async Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<Listener>() is not { } listener)
        {
            await Problem.WriteAsync(context, RelayErrors.NoListener);
            return;
        }

        context.Response.OnStarting(MarkSimulated, context);
        PlannedRequest? planned = null;
        var outcome = RequestOutcome.Failed;
        try
        {
            RelayError? error = null;
            if (listener.Rules is { } rules)
            {
                error = RequestJudge.Plan(context, listener, rules.State.Rules, out planned);
                context.Features.Set(planned);
                if (error is null && planned is not null)
                    error = await ApplyAsync(context, planned);
            }

            outcome = error is null ? await ForwardAsync(context, planned) : await RefuseAsync(context, listener, error);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            outcome = RequestOutcome.Aborted;
        }
        catch (Exception exception)
        {
            logger.RelayFailed(exception.GetType().Name);
            outcome = await RefuseAsync(context, listener, RelayErrors.RelayFailed);
        }
        finally
        {
            if (planned is not null)
                await planned.DisposeAsync();
            metrics.Request(listener.Name, outcome);
        }
    }

    private ValueTask<RelayError?> ApplyAsync(HttpContext context, PlannedRequest planned)
    {
        foreach (string rule in planned.Plan.RuleIds)
            metrics.Matched(rule);
        observer.ObserveRequest(context, planned);
        return requests.ApplyAsync(context, planned);
    }

    private async Task<RequestOutcome> ForwardAsync(HttpContext context, PlannedRequest? planned)
    {
        await next(context);
        if (planned?.RequestError is { } requestError)
            return await TellCutAsync(context, planned.Listener, requestError);
        if (planned?.ResponseError is { } responseError)
        {
            metrics.Refusal(planned.Listener.Name, responseError.Code);
            logger.ResponseRefused(planned.Listener.Name, responseError.Code, responseError.RuleId ?? "-");

            // Where the upstream's time was up, the forwarder has none left to copy the answer that took the response's place.
            if (context.Features.Get<IForwarderErrorFeature>() is not null && !context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
                await Problem.WriteAsync(context, responseError);
            return RequestOutcome.Failed;
        }

        if (context.Features.Get<IForwarderErrorFeature>() is not { } forwarderError)
            return planned?.Transformed == true ? RequestOutcome.Transformed : RequestOutcome.Passed;
        if (context.RequestAborted.IsCancellationRequested)
            return RequestOutcome.Aborted;
        logger.UpstreamFailed(forwarderError.Error);
        if (!context.Response.HasStarted)
            await Problem.WriteAsync(context, UpstreamError(forwarderError.Error));
        return RequestOutcome.UpstreamFailed;
    }

    /// <summary>Answers a request that was cut off while it was forwarded. An upstream that answered before it had all may have been heard already.</summary>
    private async Task<RequestOutcome> TellCutAsync(HttpContext context, Listener listener, RelayError error)
    {
        if (!context.Response.HasStarted || context.Features.Get<IForwarderErrorFeature>() is not null)
            return await RefuseAsync(context, listener, error);
        metrics.Refusal(listener.Name, error.Code);
        logger.RequestRefused(listener.Name, error.Code, error.RuleId ?? "-");
        return RequestOutcome.Refused;
    }

    private async Task<RequestOutcome> RefuseAsync(HttpContext context, Listener listener, RelayError error)
    {
        metrics.Refusal(listener.Name, error.Code);
        logger.RequestRefused(listener.Name, error.Code, error.RuleId ?? "-");
        if (context.Response.HasStarted)
            context.Abort();
        else
            await Problem.WriteAsync(context, error);
        if (error == RelayErrors.ClientGone)
            return RequestOutcome.Aborted;
        return error.Status < StatusCodes.Status500InternalServerError ? RequestOutcome.Refused : RequestOutcome.Failed;
    }

    private static RelayError UpstreamError(ForwarderError error) => error switch
    {
        ForwarderError.RequestTimedOut => RelayErrors.UpstreamTimeout,
        ForwarderError.Request or ForwarderError.RequestCreation or ForwarderError.NoAvailableDestinations => RelayErrors.UpstreamUnavailable,
        _ => RelayErrors.UpstreamBroken,
    };

    // Set at the last moment, so that neither the upstream nor an error page can take it away.
    private static Task MarkSimulated(object state)
    {
        var context = (HttpContext)state;
        if (context.Features.Get<Listener>() is { Simulated: true })
            context.Response.Headers[SimulatedHeader] = "1";
        return Task.CompletedTask;
    }
}
