namespace E3.Relay.Benchmarks.Proxy;

/// <summary>A proxy in processes of its own, in front of the upstream. Disposing of it ends them all.</summary>
internal interface IProxyTarget : IAsyncDisposable
{
    /// <summary>What the table calls it.</summary>
    string Name { get; }

    /// <summary>Its port on the loopback.</summary>
    int Port { get; }

    /// <summary>True when a field of a body sent to <see cref="ProxyArea.RulePath"/> arrives encrypted.</summary>
    bool Encrypts { get; }
}
