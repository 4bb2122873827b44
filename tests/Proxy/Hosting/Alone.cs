namespace E3.Relay.Proxy.Tests.Hosting;

/// <summary>For tests that count metrics: a meter provider listens to every meter of its name in the process, those of relays in other tests too.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
