using E3.Relay.Rules.Bodies;

namespace E3.Relay.Rules;

/// <summary>What the rules say about one request and its response.</summary>
public sealed class RequestPlan
{
    private readonly RoutePlan _route;
    private readonly RequestTarget _target;
    private readonly ICaller? _caller;

    internal RequestPlan(RoutePlan route, RequestTarget target, ICaller? caller, IReadOnlyList<RequestPlan> observing) =>
        (_route, _target, _caller, Observing) = (route, target, caller, observing);

    /// <summary>The ids of the rules that match, in order.</summary>
    public IReadOnlyList<string> RuleIds => _route.RuleIds;

    /// <summary>What each matching rule with <c>mode: observe</c> would do. Nothing of it may change the message.</summary>
    public IReadOnlyList<RequestPlan> Observing { get; }

    /// <summary>No operation applies, neither to the request nor to the response.</summary>
    public bool IsEmpty => !HasRequestRules && !HasResponseRules;

    /// <summary>At least one rule matches.</summary>
    public bool MatchedAnyRule => _route.Rules.Count > 0;

    /// <summary>When no rule matches, whether a body may pass: no rules at all, <c>unmatched: pass</c> of the file on a path without rules, or of the rules on a path whose rules name other methods.</summary>
    public bool AllowsUnmatchedBody => _route.AllowsUnmatchedBody;

    /// <summary>A matching rule has operations on the request.</summary>
    public bool HasRequestRules => _route.HasRequestRules;

    /// <summary>A matching rule has operations on the response.</summary>
    public bool HasResponseRules => _route.HasResponseRules;

    /// <summary>Every matching rule with operations on the response says <c>cache: keep</c>: caching headers stay as the upstream sent them.</summary>
    public bool KeepsCache => _route.KeepsCache;

    /// <summary>Every matching rule with operations on the request says <c>large: stream</c>: a body over the limit is changed while it passes.</summary>
    public bool StreamsRequests => _route.StreamsRequests;

    /// <summary>Every matching rule with operations on the response says <c>large: stream</c>: a body over the limit is changed while it passes.</summary>
    public bool StreamsResponses => _route.StreamsResponses;

    /// <summary>
    /// A request body that was changed gets its content coding again: no operation decrypts in it, or every rule whose operations do says <c>coding: keep</c>.
    /// Compressed, the length of a decrypted value together with what others wrote tells what both have in common.
    /// </summary>
    public bool KeepsRequestCoding => _route.KeepsRequestCoding;

    /// <summary>The same of the response's body.</summary>
    public bool KeepsResponseCoding => _route.KeepsResponseCoding;

    /// <summary>The operations on the request's head, apart from those on its body; null when there is none.</summary>
    public HeadPlan? RequestHead => _route.RequestHead is { } compiled ? new HeadPlan(compiled, _target, _caller) : null;

    /// <summary>The operations on the response's head, apart from those on its body; null when there is none.</summary>
    public HeadPlan? ResponseHead => _route.ResponseHead is { } compiled ? new HeadPlan(compiled, _target, _caller) : null;

    /// <summary>The operations on a request body of this content type, or the refusal; a body that no rule matches is judged too.</summary>
    /// <param name="contentType">The Content-Type field; null when there is none.</param>
    /// <param name="hasBody">Whether the message has content.</param>
    public BodyPlanResult ForRequest(string? contentType, bool hasBody) => _route.ForRequest(contentType, hasBody, _target, _caller);

    /// <summary>The operations on a response body of this content type, or the refusal.</summary>
    /// <param name="contentType">The Content-Type field; null when there is none.</param>
    /// <param name="hasBody">Whether the message has content.</param>
    public BodyPlanResult ForResponse(string? contentType, bool hasBody) => _route.ForResponse(contentType, hasBody, _target, _caller);
}
