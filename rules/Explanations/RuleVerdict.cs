namespace E3.Relay.Rules.Explanations;

/// <summary>Whether a rule applies to a request, and if not what keeps it from that.</summary>
public enum RuleVerdict
{
    /// <summary>The rule applies.</summary>
    Applies,

    /// <summary>Its path is another.</summary>
    OtherPath,

    /// <summary>It names other hosts.</summary>
    OtherHost,

    /// <summary>It names other methods.</summary>
    OtherMethod,

    /// <summary>It matches the request and only observes.</summary>
    Observes,
}
