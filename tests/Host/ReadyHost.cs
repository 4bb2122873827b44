namespace E3.Relay.Enclave.Host.Tests;

/// <summary>One ready host for the tests of a class, each of which opens sessions of its own.</summary>
public sealed class ReadyHost : IAsyncLifetime
{
    internal RunningHost Host { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Host = await RunningHost.ReadyAsync();

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
