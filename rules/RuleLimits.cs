namespace E3.Relay.Rules;

/// <summary>Limits on one body.</summary>
public sealed record RuleLimits
{
    /// <summary>The limits that apply unless the host sets others.</summary>
    public static RuleLimits Default { get; } = new();

    /// <summary>Largest body.</summary>
    /// <value>1 MiB.</value>
    public int BodyBytesMax { get; init; } = 1 << 20;

    /// <summary>Deepest nesting of arrays and objects.</summary>
    /// <value>64.</value>
    public int DepthMax { get; init; } = 64;

    /// <summary>Largest bound context.</summary>
    /// <value>4096 bytes, as the engine accepts.</value>
    public int ContextBytesMax { get; init; } = 4096;

    /// <summary>Most selected values.</summary>
    /// <value>10,000.</value>
    public int FieldsMax { get; init; } = 10_000;

    /// <summary>Most values of a body that filters, and indices and slices that count from the end, may look at; a value that is looked at again counts again.</summary>
    /// <value>4,194,304.</value>
    public int LookAheadStepsMax { get; init; } = 1 << 22;

    /// <summary>Where memory is counted that is held beside the body.</summary>
    /// <value>Nowhere.</value>
    public IWorkingMemory? Memory { get; init; }
}
