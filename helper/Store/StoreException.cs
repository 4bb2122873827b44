namespace E3.Relay.Helper.Store;

/// <summary>The store cannot be used, or not so.</summary>
internal sealed class StoreException(StoreError error, Exception? inner = null) : Exception($"The store of sealed entries is refused: {error}.", inner)
{
    public StoreError Error { get; } = error;

    /// <summary>True when nothing is wrong with what is stored, and the same may succeed later.</summary>
    public bool IsTransient => Error is StoreError.Unavailable or StoreError.Full or StoreError.ReadOnly or StoreError.Conflict;
}
