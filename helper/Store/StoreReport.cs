namespace E3.Relay.Helper.Store;

/// <summary>One moment of one of several stores.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Condition">How it is.</param>
/// <param name="Reason">Why it is not good, or what is to be known although it is; else empty.</param>
/// <param name="Generation">The generation that it holds; null when nothing was read yet.</param>
/// <param name="Entries">The entries of that generation.</param>
internal sealed record StoreReport(string Name, StoreCondition Condition, string Reason, long? Generation, ulong? Entries);
