namespace E3.Relay.Helper.Custody;

/// <summary>What the silence of an engine says.</summary>
internal enum HangVerdict
{
    /// <summary>Nothing yet.</summary>
    Undecided,

    /// <summary>It has been silent for very long, and works, or nobody can see whether it does: another one should take over.</summary>
    ToReplace,

    /// <summary>It is silent and does nothing. Nobody can be waiting for it with any hope.</summary>
    Hangs,
}
