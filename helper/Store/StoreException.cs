namespace E3.Relay.Helper.Store;

/// <summary>The store cannot be used, or not so.</summary>
/// <param name="error">What is wrong.</param>
/// <param name="about">More of it for the operator: a store's name, a setting. Never data.</param>
/// <param name="inner">What it came from.</param>
internal sealed class StoreException(StoreError error, string? about = null, Exception? inner = null)
    : Exception($"The store of sealed entries is refused: {Describe(error, about)}", inner)
{
    public StoreError Error { get; } = error;

    /// <summary>The error and what it is about, for the middle of a sentence.</summary>
    public string Reason { get; } = Describe(error, about);

    /// <summary>True when nothing is wrong with what is stored, and the same may succeed later.</summary>
    public bool IsTransient => Error is StoreError.Unavailable or StoreError.Full or StoreError.ReadOnly or StoreError.Conflict or StoreError.Degraded;

    private static string Describe(StoreError error, string? about) => about is null ? error.ToString() : $"{error}: {about}";
}
