using System.Net;
using System.Net.Http.Headers;
using E3.Relay.Proxy.Ciphers;
using E3.Relay.Proxy.Codings;
using E3.Relay.Proxy.Configuration;
using E3.Relay.Proxy.Observability;
using E3.Relay.Rules;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
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
        ContentCoding? coding = CodingNames.Read(request.Headers.ContentEncoding);
        List<ObservedBody> bodies = [];
        foreach (RequestPlan plan in planned.Plan.Observing)
        {
            var message = new ObservedMessage(plan.RuleIds[0], MessageDirection.Request, request.Headers, hasBody, coding);
            metrics.Matched(message.Rule);
            if (RequestJudge.IsTunnel(context))
                metrics.ObservedRefusal(message.Rule, message.Direction, RelayErrors.CannotInspect.Code);
            else if (plan.HasRequestRules)
                Judge(message, plan.RequestHead, plan.ForRequest(request.ContentType, hasBody), bodies);
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
        ContentCoding? coding = upstream.StatusCode == HttpStatusCode.PartialContent ? null : CodingNames.Read(response.Headers.ContentEncoding);
        List<ObservedBody> bodies = [];
        foreach (RequestPlan plan in planned.Plan.Observing)
        {
            var message = new ObservedMessage(plan.RuleIds[0], MessageDirection.Response, response.Headers, hasBody, coding);
            if (plan.HasResponseRules)
                Judge(message, plan.ResponseHead, plan.ForResponse(response.ContentType, hasBody), bodies);
        }

        if (bodies.Count > 0)
            upstream.Content = await WatchAsync(upstream.Content, bodies, planned, context.CancellationToken);
    }

    private void Judge(ObservedMessage message, HeadPlan? head, BodyPlanResult result, List<ObservedBody> bodies)
    {
        int selected = 0;
        if (message.HasBody && message.Headers.ContentType.Count > 1)
            metrics.ObservedRefusal(message.Rule, message.Direction, RelayErrors.RepeatedHeader.Code);
        else if ((result.Refusal ?? ObserveHead(head, message, out selected)) is { } refusal)
            metrics.ObservedRefusal(message.Rule, message.Direction, refusal.Name);
        else if (!message.HasBody || result.Plan is null)
            metrics.Observed(message.Rule, message.Direction, head is null ? ObservedOutcome.Passed : OutcomeOf(selected));
        else if (message.Coding is { } coding)
            bodies.Add(new ObservedBody(message.Rule, message.Direction, coding, result.Plan, selected));
        else if (message.Direction == MessageDirection.Request)
            metrics.ObservedRefusal(message.Rule, message.Direction, RelayErrors.UnsupportedCoding.Code);
        else
            metrics.Observed(message.Rule, message.Direction, ObservedOutcome.Unseen);
    }

    /// <summary>Finds what a rule would have changed in a head, in a copy of its fields.</summary>
    /// <returns>Why the rule would have refused the message, or null.</returns>
    private Refusal? ObserveHead(HeadPlan? plan, ObservedMessage message, out int selected)
    {
        selected = 0;
        if (plan is null)
            return null;
        var headers = new HeaderDictionary();
        foreach (KeyValuePair<string, StringValues> header in message.Headers)
            headers[header.Key] = header.Value;
        if (plan.SelectsCookies)
            HeaderHygiene.MakeCookiesOne(headers);
        if (!plan.TrySelect(HeaderLines.Read(headers), ruleLimits, EngineTokenGrammar.Instance, out HeadSelection? selection, out Refusal? refusal))
            return refusal;
        using (selection)
            selected = Count(selection);
        return null;
    }

    private int Count(FieldSelection selection)
    {
        foreach (SelectedField field in selection.Fields)
            metrics.ObservedField(selection.Operations[field.Operation]);
        return selection.Fields.Count;
    }

    private static ObservedOutcome OutcomeOf(int selected) => selected > 0 ? ObservedOutcome.Selected : ObservedOutcome.SelectedNothing;

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
            if (fill == BodyFill.Whole && body.Coding != ContentCoding.Identity && !copy.IsEmpty)
                ReportCoded(body, copy);
            else if (fill == BodyFill.Whole)
                Report(body, copy);
            else if (fill == BodyFill.NoRoom)
                metrics.Observed(body.Rule, body.Direction, ObservedOutcome.Unseen);
            else
                metrics.ObservedRefusal(body.Rule, body.Direction, body.Direction == MessageDirection.Request ? RelayErrors.BodyTooLarge.Code : RelayErrors.ResponseTooLarge.Code);
        }
    }

    private void ReportCoded(ObservedBody body, ReadOnlyMemory<byte> copy)
    {
        using var plain = new PooledBuffer(budget, isCopy: true);
        DecodingResult decoded = BodyCoder.Undo(body.Coding, copy, limits.BodyBytesMax, plain);
        if (decoded == DecodingResult.Whole)
            Report(body, plain.Written);
        else if (decoded == DecodingResult.NoRoom)
            metrics.Observed(body.Rule, body.Direction, ObservedOutcome.Unseen);
        else
            metrics.ObservedRefusal(body.Rule, body.Direction, MessageEditor.ErrorOf(decoded, body.Direction).Code);
    }

    private void Report(ObservedBody body, ReadOnlyMemory<byte> copy)
    {
        if (copy.IsEmpty && body.Direction == MessageDirection.Response)
        {
            metrics.Observed(body.Rule, body.Direction, body.SelectedInHead > 0 ? ObservedOutcome.Selected : ObservedOutcome.Passed);
            return;
        }

        if (!body.Plan.TrySelect(copy, ruleLimits, EngineTokenGrammar.Instance, out BodySelection selection, out Refusal? refusal))
        {
            metrics.ObservedRefusal(body.Rule, body.Direction, refusal.Name);
            return;
        }

        using (selection)
            metrics.Observed(body.Rule, body.Direction, OutcomeOf(Count(selection.AsFields()) + body.SelectedInHead));
    }

    private readonly record struct ObservedMessage(string Rule, MessageDirection Direction, IHeaderDictionary Headers, bool HasBody, ContentCoding? Coding);

    private readonly record struct ObservedBody(string Rule, MessageDirection Direction, ContentCoding Coding, BodyPlan Plan, int SelectedInHead);
}
