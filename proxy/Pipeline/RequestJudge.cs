using E3.Relay.Proxy.Codings;
using E3.Relay.Proxy.Listeners;
using E3.Relay.Rules;
using Microsoft.AspNetCore.Http.Features;

namespace E3.Relay.Proxy.Pipeline;

/// <summary>Judges a request from its headers alone, before a byte of its body is asked for.</summary>
internal static class RequestJudge
{
    private const string UpgradeToUnencryptedHttp2 = "h2c";

    /// <summary>Finds the plan for a request on a listener with rules.</summary>
    public static RelayError? Plan(HttpContext context, Listener listener, RuleSet rules, out PlannedRequest? planned)
    {
        planned = null;
        HttpRequest request = context.Request;
        string rawTarget = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (!RequestTarget.TryParse(rawTarget, request.Headers.Host, out RequestTarget? target, out TargetError targetError))
            return RelayErrors.OfTarget(targetError);
        RequestPlan plan = rules.Plan(request.Method, request.Headers.Host.ToString(), target, RequestCaller.Of(context.User), rules.BindsHeaders ? HeaderLines.Read(request.Headers) : null);
        planned = new PlannedRequest(listener, rules, target, plan);
        if ((plan.MatchedAnyRule || !plan.AllowsUnmatchedBody) && IsTunnel(context))
            return RelayErrors.CannotInspect;
        return null;
    }

    /// <summary>Finds the operations on the request's body.</summary>
    /// <param name="context">The request.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="bodyBytesMax">The largest body that may be declared.</param>
    /// <param name="body">The operations; null when the body is forwarded as it is.</param>
    public static RelayError? PlanBody(HttpContext context, RequestPlan plan, long bodyBytesMax, out BodyPlan? body)
    {
        body = null;
        HttpRequest request = context.Request;
        bool hasBody = context.Features.GetRequiredFeature<IHttpRequestBodyDetectionFeature>().CanHaveBody;
        if (hasBody && plan.MatchedAnyRule && request.Headers.ContentType.Count > 1)
            return RelayErrors.RepeatedHeader;
        BodyPlanResult result = plan.ForRequest(request.ContentType, hasBody);
        if (result.Refusal is { } refusal)
            return RelayError.OfRequest(refusal);
        if (result.Plan is null || !hasBody)
            return null;
        if (CodingNames.Read(request.Headers.ContentEncoding) is null)
            return RelayErrors.UnsupportedCoding;
        if (request.ContentLength > bodyBytesMax)
            return RelayErrors.BodyTooLarge;
        body = result.Plan;
        return null;
    }

    /// <summary>Whether nothing inside could be inspected. Some clients offer HTTP/2 with every plain request; that offer is not forwarded and needs no answer.</summary>
    public static bool IsTunnel(HttpContext context)
    {
        IHeaderDictionary headers = context.Request.Headers;
        bool upgrades = headers.Upgrade.Count > 0 && !string.Equals(headers.Upgrade, UpgradeToUnencryptedHttp2, StringComparison.OrdinalIgnoreCase);
        return upgrades
            || HttpMethods.IsConnect(context.Request.Method)
            || context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true }
            || context.Request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true;
    }
}
