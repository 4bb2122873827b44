using E3.Relay.Enclave.Protocol;

namespace E3.Relay.Proxy.Pipeline;

/// <summary>What a client is told for what the engine says.</summary>
internal static class EngineErrors
{
    /// <summary>
    /// Whether the code says that a token does not open here: a fact about the value, not a failure of the engine. Beyond the granted number of failures in a minute the engine says
    /// <see cref="ErrorCode.LimitExceeded"/> of those that do not open, and of no others.
    /// </summary>
    public static bool IsUnopenable(ErrorCode code) => code is ErrorCode.TokenMalformed or ErrorCode.TokenRejected or ErrorCode.KeyNotLoaded or ErrorCode.LimitExceeded;

    /// <summary>The error for a failed call or field. Unknown codes are taken for an engine that cannot serve.</summary>
    public static RelayError Of(ErrorCode code, string? ruleId) => code switch
    {
        >= ErrorCode.GrantUntrusted and <= ErrorCode.RoleNotGranted => RelayErrors.NotGranted with { RuleId = ruleId },
        ErrorCode.AppUnknown => RelayErrors.AppUnknown with { RuleId = ruleId },
        ErrorCode.MaskTooWide => RelayErrors.MaskTooWide with { RuleId = ruleId },
        ErrorCode.LimitExceeded or ErrorCode.ValueInvalid => RelayErrors.ValueNotAccepted with { RuleId = ruleId },
        ErrorCode.TokenMalformed or ErrorCode.TokenRejected => RelayErrors.CannotDecrypt with { RuleId = ruleId },
        _ => RelayErrors.EngineUnavailable with { RuleId = ruleId },
    };

    /// <summary>The error for a field whose form is to be preserved: of the value's faults the engine says no more than that it has one.</summary>
    public static RelayError OfPreserve(ErrorCode code, string? ruleId) => code switch
    {
        ErrorCode.ValueInvalid => RelayErrors.CannotPreserve with { RuleId = ruleId },
        ErrorCode.KeyNotLoaded => RelayErrors.KeyUnknown with { RuleId = ruleId },
        _ => Of(code, ruleId),
    };
}
