namespace E3.Relay.Proxy.Ciphers;

/// <summary>The engine under each identity that some listener uses.</summary>
/// <param name="ByCaller">By the caller's name.</param>
internal sealed record CipherTable(IReadOnlyDictionary<string, IFieldCipher> ByCaller);
