namespace E3.Relay.Helper.Custody.Fleet;

/// <summary>
/// Where helpers with live engines say how far those have loaded, so that a key is used only when every live engine of the fleet has it.
/// An entry is a lease: a helper that does not renew it counts as gone, and so do its engines. They lose no key by that, and may be asked for one that they have not loaded yet.
/// </summary>
internal interface IFleetRegister : IAsyncDisposable
{
    /// <summary>How often a lease must be renewed.</summary>
    TimeSpan RenewInterval { get; }

    /// <summary>Says how far this helper's engines have loaded, and renews the lease. Null says that there is none.</summary>
    /// <exception cref="Store.StoreException">The register does not take it.</exception>
    Task AnnounceAsync(FleetPosition? position, CancellationToken cancellationToken);

    /// <summary>How far the other helpers are whose lease holds.</summary>
    /// <exception cref="Store.StoreException">The register does not answer.</exception>
    Task<IReadOnlyList<FleetPosition>> ReadOthersAsync(CancellationToken cancellationToken);
}
