using E3.Relay.Rules;

namespace E3.Relay.Proxy.Pipeline;

/// <summary>What a client is told when its message is not served: a kind, never data.</summary>
/// <param name="Status">The HTTP status code.</param>
/// <param name="Code">The stable name.</param>
/// <param name="RuleId">The rule that was applied, when one was.</param>
internal sealed record RelayError(int Status, string Code, string? RuleId = null)
{
    /// <summary>Whether the client is told to try again soon.</summary>
    public bool Retry => Status == StatusCodes.Status503ServiceUnavailable;

    /// <summary>The refusal of a request by the rules.</summary>
    public static RelayError OfRequest(Refusal refusal) => new(refusal.Status, refusal.Name, refusal.RuleId);

    /// <summary>The refusal of a response by the rules: the client did nothing wrong, whatever status the refusal names, unless it asked for what is not for it.</summary>
    public static RelayError OfResponse(Refusal refusal) =>
        refusal.Code == RefusalCode.CallerNotAllowed ? OfRequest(refusal) : new(StatusCodes.Status502BadGateway, refusal.Name, refusal.RuleId);
}
