namespace E3.Relay.Proxy.Pipeline.Streaming;

/// <summary>A body must end here without being complete.</summary>
internal sealed class BodyCutException(RelayError error) : IOException("The body was cut off.")
{
    /// <summary>Why.</summary>
    public RelayError Error => error;
}
