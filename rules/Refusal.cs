namespace E3.Relay.Rules;

/// <summary>Why a message is refused. Says what kind, never what data.</summary>
/// <param name="Status">The HTTP status code for the client.</param>
/// <param name="Code">The reason.</param>
/// <param name="RuleId">The rule that was applied, when one was.</param>
public sealed record Refusal(int Status, RefusalCode Code, string? RuleId)
{
    /// <summary>The reason's stable name for problem details (RFC 9457).</summary>
    public string Name => RefusalNames.Of(Code);
}
