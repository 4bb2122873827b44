using E3.Relay.Rules;

namespace E3.Relay.Proxy.Pipeline;

/// <summary>A message after the rules.</summary>
/// <param name="Output">The changed body; null when it stays as it came.</param>
/// <param name="Head">The changed head; null when it stays as it came.</param>
/// <param name="Error">Why the message must not be forwarded; null when it may.</param>
internal readonly record struct EditResult(PooledBuffer? Output, HeadEdit? Head, RelayError? Error)
{
    public static EditResult Refused(RelayError error) => new(null, null, error);
}
