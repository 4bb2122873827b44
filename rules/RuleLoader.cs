namespace E3.Relay.Rules;

/// <summary>Reads rule files into a rule set.</summary>
public static class RuleLoader
{
    /// <summary>Reads all sources as one rule set, or reports every mistake in them.</summary>
    public static RuleLoadResult Load(IReadOnlyList<RuleSource> sources)
    {
        ArgumentNullException.ThrowIfNull(sources);
        return new RuleLoadResult(RuleSet.Empty, []);
    }
}
