namespace E3.Relay.Proxy.Pipeline;

/// <summary>Which way a body goes.</summary>
internal enum MessageDirection
{
    /// <summary>From the client to the upstream.</summary>
    Request,

    /// <summary>From the upstream to the client.</summary>
    Response,
}
