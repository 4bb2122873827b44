namespace E3.Relay.Rules;

/// <summary>What a problem means for loading.</summary>
public enum RuleProblemSeverity
{
    /// <summary>A mistake: nothing is loaded.</summary>
    Error,

    /// <summary>Probably not meant, or weaker than it looks: the rules load.</summary>
    Warning,
}
