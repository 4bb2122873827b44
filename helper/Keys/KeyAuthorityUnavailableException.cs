namespace E3.Relay.Helper.Keys;

/// <summary>The key authority does not decrypt now. Trying again later may help.</summary>
internal sealed class KeyAuthorityUnavailableException(string reason) : IOException(reason);
