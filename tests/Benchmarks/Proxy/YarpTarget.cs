namespace E3.Relay.Benchmarks.Proxy;

/// <summary>Plain YARP.</summary>
internal sealed class YarpTarget : IProxyTarget
{
    private readonly ServedChild _child;

    private YarpTarget(ServedChild child) => _child = child;

    public string Name => "plain YARP";

    public int Port => _child.Address.Port;

    public bool Encrypts => false;

    public static async Task<YarpTarget> StartAsync(Uri upstream, IReadOnlyDictionary<string, string?> environment) =>
        new(await ServedChild.StartAsync([ServedYarp.Argument, upstream.ToString()], environment));

    public ValueTask DisposeAsync() => _child.DisposeAsync();
}
