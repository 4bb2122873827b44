namespace E3.Relay.Helper.Custody.Fleet;

/// <summary>The register of a fleet with one helper, whose store is its own.</summary>
internal sealed class LoneRegister : IFleetRegister
{
    public TimeSpan RenewInterval { get; } = TimeSpan.FromSeconds(1);

    public Task AnnounceAsync(FleetPosition? position, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<IReadOnlyList<FleetPosition>> ReadOthersAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<FleetPosition>>([]);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
