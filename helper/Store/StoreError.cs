namespace E3.Relay.Helper.Store;

/// <summary>What is wrong with a store of sealed entries.</summary>
internal enum StoreError
{
    /// <summary>The database file is damaged or is no database.</summary>
    Damaged,

    /// <summary>The store was made by a version that this one does not know.</summary>
    FormatUnsupported,

    /// <summary>The store belongs to another fleet.</summary>
    OtherFleet,

    /// <summary>An entry's bytes are not those that were stored.</summary>
    EntryChanged,

    /// <summary>An entry does not read as one.</summary>
    EntryMalformed,

    /// <summary>An entry is missing, or stands at another place than it was made for.</summary>
    EntryOutOfOrder,

    /// <summary>Fewer or other entries than were last stored.</summary>
    ChainMismatch,

    /// <summary>Somebody else stored an entry meanwhile.</summary>
    Conflict,

    /// <summary>Entries, and no root key that they could be sealed under.</summary>
    RootMissing,

    /// <summary>The root of a generation is not the one that was stored, or a generation before it is not.</summary>
    GenerationChanged,

    /// <summary>The store acknowledged, and has other bytes than it was given.</summary>
    ReadBackDiffers,

    /// <summary>What the server acknowledges could be lost: by its settings, or by a failover to a replica that it does not wait for.</summary>
    NotDurable,

    /// <summary>The server does not let the helper in, or not do what it must.</summary>
    AccessDenied,

    /// <summary>The disk is full.</summary>
    Full,

    /// <summary>The disk or the database takes no writes.</summary>
    ReadOnly,

    /// <summary>Not every store can be reached or has everything, so nothing new is stored.</summary>
    Degraded,

    /// <summary>Stores hold different entries, or roots, at the same place. Which of them is right is nobody's guess: an operator takes the wrong one away.</summary>
    Disagreement,

    /// <summary>The store does not answer.</summary>
    Unavailable,
}
