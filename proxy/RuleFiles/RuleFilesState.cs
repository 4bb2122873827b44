using E3.Relay.Rules;

namespace E3.Relay.Proxy.RuleFiles;

/// <summary>What a listener applies, and what is wrong with the files as they are now.</summary>
/// <param name="Rules">The last good rules.</param>
/// <param name="Problems">Problems of the newest files, one line each; while there are any, <paramref name="Rules"/> are older than the files.</param>
/// <param name="Warnings">Warnings about <paramref name="Rules"/>, one line each.</param>
internal sealed record RuleFilesState(RuleSet Rules, IReadOnlyList<string> Problems, IReadOnlyList<string> Warnings)
{
    public bool Broken => Problems.Count > 0;
}
