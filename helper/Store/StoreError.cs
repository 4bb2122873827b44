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

    /// <summary>There is a root key already.</summary>
    RootExists,

    /// <summary>The disk does not take it.</summary>
    Unavailable,
}
