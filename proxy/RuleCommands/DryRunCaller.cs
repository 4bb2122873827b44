using E3.Relay.Rules;

namespace E3.Relay.Proxy.RuleCommands;

/// <summary>A caller with claims that somebody wrote down.</summary>
/// <param name="claims">The values of each claim, by type.</param>
internal sealed class DryRunCaller(IReadOnlyDictionary<string, IReadOnlyList<string>> claims) : ICaller
{
    public IReadOnlyList<string> Claim(string claim) => claims.GetValueOrDefault(claim, []);
}
