namespace E3.Relay.Enclave.Host.Tests;

/// <summary>Tests that run when no others do.</summary>
[CollectionDefinition(SlowPeerTests.Alone, DisableParallelization = true)]
public sealed class AloneCollection;
