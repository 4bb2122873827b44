namespace E3.Relay.Proxy.RuleCommands;

/// <summary>An upstream's response to try.</summary>
/// <param name="Status">Its status.</param>
/// <param name="ContentType">Null for none.</param>
/// <param name="Headers">Further fields.</param>
/// <param name="Body">Null for none.</param>
internal sealed record DryRunResponse(int Status, string? ContentType, IReadOnlyList<KeyValuePair<string, string>> Headers, byte[]? Body);
