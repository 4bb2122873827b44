namespace E3.Relay.Proxy.Pipeline;

/// <summary>A body after the rules.</summary>
/// <param name="Output">The changed body; null when it stays as it came.</param>
/// <param name="Error">Why it must not be forwarded; null when it may.</param>
internal readonly record struct EditResult(PooledBuffer? Output, RelayError? Error);
