using E3.Relay.Proxy.Pipeline;

namespace E3.Relay.Proxy.RuleCommands;

/// <summary>What became of a message.</summary>
/// <param name="Error">Why it is refused; null when it is not.</param>
/// <param name="Before">The body as it came.</param>
/// <param name="After">The body as it goes on.</param>
/// <param name="ContentType">The Content-Type field as it goes on.</param>
/// <param name="Fields">The selected values.</param>
/// <param name="Headers">The fields of the head as they go on.</param>
/// <param name="Target">The forwarded target of a request.</param>
internal sealed record DryRunResult(
    RelayError? Error,
    byte[] Before,
    byte[] After,
    string? ContentType,
    IReadOnlyList<TracedField> Fields,
    IReadOnlyList<KeyValuePair<string, string>> Headers,
    string? Target);
