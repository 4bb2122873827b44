namespace E3.Relay.Helper.Admin;

/// <summary>One store of sealed entries in a <see cref="StatusReport"/>.</summary>
/// <param name="Name">Its kind and place.</param>
/// <param name="Condition"><c>good</c>, <c>behind</c>, <c>degraded</c>, <c>refused</c> or <c>disagrees</c>. No key is made unless all are good.</param>
/// <param name="Reason">Why it is not good, or a warning; else empty.</param>
/// <param name="Generation">The generation that it holds; absent while nothing was read.</param>
/// <param name="Entries">The entries of that generation; absent while nothing was read.</param>
internal sealed record StoreStatus(string Name, string Condition, string Reason, long? Generation, ulong? Entries);
