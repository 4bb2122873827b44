namespace E3.Relay.Proxy.Observability;

/// <summary>What became of a request.</summary>
internal enum RequestOutcome
{
    /// <summary>Forwarded as it came.</summary>
    Passed,

    /// <summary>Forwarded after rules were applied to its body or its response's.</summary>
    Transformed,

    /// <summary>Refused for what the client sent.</summary>
    Refused,

    /// <summary>Not served for a failure on our side.</summary>
    Failed,

    /// <summary>The upstream could not be reached or broke off.</summary>
    UpstreamFailed,

    /// <summary>The client went away.</summary>
    Aborted,
}
