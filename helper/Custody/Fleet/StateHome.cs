using E3.Relay.Helper.State;
using E3.Relay.Helper.Store;

namespace E3.Relay.Helper.Custody.Fleet;

/// <summary>Where the state of a fleet is kept, and where its helpers meet: in the first store that they share, or nowhere when this one is alone.</summary>
internal sealed record StateHome(StoreSet Store, IFleetRegister Register)
{
    /// <summary>Opens the stores. One that cannot be reached is asked again later, as long as another one serves.</summary>
    /// <exception cref="StoreException">They cannot be used.</exception>
    public static async Task<StateHome> OpenAsync(
        StateFolder folder, IReadOnlyList<StoreSource> sources, ReadOnlyMemory<byte> fleetId, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        StoreSet store = await StoreSet.OpenAsync(sources, fleetId, time, logger, cancellationToken).ConfigureAwait(false);
        try
        {
            return new(store, sources.FirstOrDefault(static source => source.IsShared) is { ConnectionString: { } connectionString }
                ? new SharedRegister(token => PostgresRegister.OpenAsync(connectionString(), HelperId.LoadOrCreate(folder.HelperId), token), () => store.IsSharedStoreDown)
                : new LoneRegister());
        }
        catch
        {
            await store.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
