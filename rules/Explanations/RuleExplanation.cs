namespace E3.Relay.Rules.Explanations;

/// <summary>One rule as it stands to one request.</summary>
/// <param name="RuleId">The rule.</param>
/// <param name="File">Its file.</param>
/// <param name="Line">The line at which it begins, from 1.</param>
/// <param name="Verdict">Whether it applies.</param>
/// <param name="Reason">Why not, in words; empty when it applies.</param>
/// <param name="Request">Its operations on requests, in order.</param>
/// <param name="Response">Its operations on responses, in order.</param>
public sealed record RuleExplanation(
    string RuleId,
    string File,
    int Line,
    RuleVerdict Verdict,
    string Reason,
    IReadOnlyList<OperationExplanation> Request,
    IReadOnlyList<OperationExplanation> Response);
