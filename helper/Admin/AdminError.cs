namespace E3.Relay.Helper.Admin;

/// <summary>Answer to a request that is refused.</summary>
internal sealed record AdminError(string Error);
