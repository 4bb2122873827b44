using System.Net;
using System.Net.Http.Headers;
using E3.Relay.Proxy.Ciphers;
using E3.Relay.Proxy.Configuration;
using E3.Relay.Proxy.Observability;
using E3.Relay.Rules;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Transforms;

namespace E3.Relay.Proxy.Pipeline;

/// <summary>Counts what rules with <c>mode: observe</c> would do. Messages pass as they would without it; no engine is asked.</summary>
internal sealed class RuleObserver(LimitOptions limits, RuleLimits ruleLimits, BufferBudget budget, RelayMetrics metrics)
{
    /// <summary>Observes a request: at once what its headers tell, and its body while somebody reads it.</summary>
    public void ObserveRequest(HttpContext context, PlannedRequest planned)
    {
        if (planned.Plan.Observing.Count == 0)
            return;
        HttpRequest request = context.Request;
        bool hasBody = context.Features.GetRequiredFeature<IHttpRequestBodyDetectionFeature>().CanHaveBody;
        bool isWhole = RequestJudge.IsIdentity(request.Headers.ContentEncoding);
        List<ObservedBody> bodies = [];
        foreach (RequestPlan plan in planned.Plan.Observing)
        {
            string rule = plan.RuleIds[0];
            metrics.Matched(rule);
            if (RequestJudge.IsTunnel(context))
                metrics.ObservedRefusal(rule, MessageDirection.Request, RelayErrors.CannotInspect.Code);
            else if (plan.HasRequestRules && TryObserveHead(rule, MessageDirection.Request, plan.RequestHead, request.Headers, out ObservedOutcome head))
                Judge(rule, MessageDirection.Request, plan.ForRequest(request.ContentType, hasBody), hasBody, request.Headers.ContentType.Count, isWhole, head, bodies);
        }

        if (bodies.Count > 0)
            request.Body = Watch(request.Body, bodies, planned);
    }

    /// <summary>Observes a response.</summary>
    public async ValueTask ObserveResponseAsync(ResponseTransformContext context)
    {
        if (context.ProxyResponse is not { StatusCode: not HttpStatusCode.SwitchingProtocols } upstream || context.HttpContext.Features.Get<PlannedRequest>() is not { Plan.Observing.Count: > 0 } planned)
            return;
        HttpResponse response = context.HttpContext.Response;
        bool hasBody = ResponseStep.HasBody(context.HttpContext, upstream);
        bool isWhole = upstream.StatusCode != HttpStatusCode.PartialContent && RequestJudge.IsIdentity(response.Headers.ContentEncoding);
        List<ObservedBody> bodies = [];
        foreach (RequestPlan plan in planned.Plan.Observing)
        {
            if (plan.HasResponseRules && TryObserveHead(plan.RuleIds[0], MessageDirection.Response, plan.ResponseHead, response.Headers, out ObservedOutcome head))
            {
                Judge(plan.RuleIds[0], MessageDirection.Response, plan.ForResponse(response.ContentType, hasBody), hasBody,
                    response.Headers.ContentType.Count, isWhole, head, bodies);
            }
        }

        if (bodies.Count > 0)
            upstream.Content = await WatchAsync(upstream.Content, bodies, planned, context.CancellationToken);
    }

    private void Judge(string rule, MessageDirection direction, BodyPlanResult result, bool hasBody, int contentTypes, bool isWhole, ObservedOutcome head, List<ObservedBody> bodies)
    {
        if (hasBody && contentTypes > 1)
            metrics.ObservedRefusal(rule, direction, RelayErrors.RepeatedHeader.Code);
        else if (result.Refusal is { } refusal)
            metrics.ObservedRefusal(rule, direction, refusal.Name);
        else if (!hasBody || result.Plan is null)
            metrics.Observed(rule, direction, head);
        else if (isWhole)
            bodies.Add(new ObservedBody(rule, direction, result.Plan, head));
        else if (direction == MessageDirection.Request)
            metrics.ObservedRefusal(rule, direction, RelayErrors.UnsupportedCoding.Code);
        else
            metrics.Observed(rule, direction, ObservedOutcome.Unseen);
    }

    private ObservedStream Watch(Stream body, List<ObservedBody> bodies, PlannedRequest planned)
    {
        var observed = new ObservedStream(body, new PooledBuffer(budget), limits.BodyBytesMax, budget, (fill, copy) => Report(bodies, fill, copy));
        planned.Keep(observed);
        return observed;
    }

    private async ValueTask<HttpContent> WatchAsync(HttpContent original, List<ObservedBody> bodies, PlannedRequest planned, CancellationToken cancellationToken)
    {
        var content = new StreamContent(Watch(await original.ReadAsStreamAsync(cancellationToken), bodies, planned));
        foreach (KeyValuePair<string, HeaderStringValues> header in original.Headers.NonValidated)
            content.Headers.TryAddWithoutValidation(header.Key, header.Value);
        planned.Keep(original);
        return content;
    }

    private void Report(List<ObservedBody> bodies, BodyFill fill, ReadOnlyMemory<byte> copy)
    {
        foreach (ObservedBody body in bodies)
        {
            if (fill == BodyFill.Whole)
                Report(body, copy);
            else if (fill == BodyFill.NoRoom)
                metrics.Observed(body.Rule, body.Direction, ObservedOutcome.Unseen);
            else
                metrics.ObservedRefusal(body.Rule, body.Direction, body.Direction == MessageDirection.Request ? RelayErrors.BodyTooLarge.Code : RelayErrors.ResponseTooLarge.Code);
        }
    }

    private void Report(ObservedBody body, ReadOnlyMemory<byte> copy)
    {
        if (copy.IsEmpty && body.Direction == MessageDirection.Response)
        {
            metrics.Observed(body.Rule, body.Direction, body.Head);
            return;
        }

        if (!body.Plan.TrySelect(copy, ruleLimits, EngineTokenGrammar.Instance, out BodySelection? selection, out Refusal? refusal))
        {
            metrics.ObservedRefusal(body.Rule, body.Direction, refusal.Name);
            return;
        }

        using (selection)
        {
            foreach (SelectedField field in selection.Fields)
                metrics.ObservedField(selection.Operations[field.Operation]);
            metrics.Observed(body.Rule, body.Direction,
                selection.Fields.Count > 0 || body.Head == ObservedOutcome.Selected ? ObservedOutcome.Selected : ObservedOutcome.SelectedNothing);
        }
    }

    /// <summary>Observes a head, which is there at once. False when it would have been refused, whatever the body.</summary>
    private bool TryObserveHead(string rule, MessageDirection direction, HeadPlan? plan, IHeaderDictionary headers, out ObservedOutcome outcome)
    {
        outcome = ObservedOutcome.Passed;
        if (plan is null)
            return true;
        if (!plan.TrySelect(plan.ReadsLines ? HeaderLines.Read(headers) : [], ruleLimits, EngineTokenGrammar.Instance, out HeadSelection? selection, out Refusal? refusal))
        {
            metrics.ObservedRefusal(rule, direction, refusal.Name);
            return false;
        }

        using (selection)
        {
            foreach (SelectedField field in selection.Fields)
                metrics.ObservedField(selection.Operations[field.Operation]);
            outcome = selection.Fields.Count > 0 ? ObservedOutcome.Selected : ObservedOutcome.SelectedNothing;
        }

        return true;
    }

    private readonly record struct ObservedBody(string Rule, MessageDirection Direction, BodyPlan Plan, ObservedOutcome Head);
}
