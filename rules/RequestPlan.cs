namespace E3.Relay.Rules;

/// <summary>What the rules say about one request and its response.</summary>
public sealed class RequestPlan
{
    internal RequestPlan()
    {
    }

    /// <summary>No operation applies, neither to the request nor to the response.</summary>
    public bool IsEmpty => !HasRequestRules && !HasResponseRules;

    /// <summary>At least one rule matches.</summary>
    public bool MatchedAnyRule { get; }

    /// <summary>A body may pass although no rule matches: <c>unmatched: pass</c>, or no rules at all.</summary>
    public bool AllowsUnmatchedBody { get; } = true;

    /// <summary>A matching rule has operations on the request.</summary>
    public bool HasRequestRules { get; }

    /// <summary>A matching rule has operations on the response.</summary>
    public bool HasResponseRules { get; }

    /// <summary>The operations on a request body of this content type, or the refusal.</summary>
    /// <param name="contentType">The Content-Type field; null when there is none.</param>
    /// <param name="hasBody">Whether the message has content.</param>
    public BodyPlanResult ForRequest(string? contentType, bool hasBody) => default;

    /// <summary>The operations on a response body of this content type, or the refusal.</summary>
    /// <param name="contentType">The Content-Type field; null when there is none.</param>
    /// <param name="hasBody">Whether the message has content.</param>
    public BodyPlanResult ForResponse(string? contentType, bool hasBody) => default;
}
