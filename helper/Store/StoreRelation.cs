namespace E3.Relay.Helper.Store;

/// <summary>How one verified state stands to another.</summary>
internal enum StoreRelation
{
    /// <summary>They are the same.</summary>
    Equal,

    /// <summary>The other one goes on where this one ends.</summary>
    Behind,

    /// <summary>This one goes on where the other one ends.</summary>
    Ahead,

    /// <summary>They have different entries, or roots, at the same place.</summary>
    Apart,
}
