namespace E3.Relay.Helper.Store;

/// <summary>How one of several stores is.</summary>
internal enum StoreCondition
{
    /// <summary>It holds what the others hold.</summary>
    Good,

    /// <summary>It lacks entries that others hold, and is given them when an engine has opened them.</summary>
    Behind,

    /// <summary>It cannot be reached. It is asked again.</summary>
    Degraded,

    /// <summary>What it holds is not as it was stored, or it must not be used as it is.</summary>
    Refused,

    /// <summary>What it holds is whole, and other than what the others hold.</summary>
    Disagrees,
}
