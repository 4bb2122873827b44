namespace E3.Relay.Helper.Store;

/// <summary>The wrapped root key and the genesis document that an administrator signed for it.</summary>
internal sealed record StoredRoot(byte[] Wrapped, byte[] Genesis);
