using E3.Relay.Helper.State;
using E3.Relay.Helper.Store;

namespace E3.Relay.Helper.Custody.Fleet;

/// <summary>Where the state of a fleet is kept, and where its helpers meet.</summary>
internal sealed record StateHome(ISealedStore Store, IFleetRegister Register)
{
    /// <summary>Opens the database that the file names, or else the one in the state folder, which has one helper.</summary>
    /// <exception cref="StoreException">It cannot be used.</exception>
    public static async Task<StateHome> OpenAsync(StateFolder folder, string? postgresFile, ReadOnlyMemory<byte> fleetId, TimeProvider time, CancellationToken cancellationToken)
    {
        if (postgresFile is null)
            return new(await SqliteStore.OpenAsync(folder.Database, fleetId, time, cancellationToken).ConfigureAwait(false), new LoneRegister());
        string connectionString = (await File.ReadAllTextAsync(postgresFile, cancellationToken).ConfigureAwait(false)).Trim();
        PostgresStore store = await PostgresStore.OpenAsync(connectionString, fleetId, alone: true, cancellationToken).ConfigureAwait(false);
        try
        {
            return new(store, await PostgresRegister.OpenAsync(connectionString, HelperId.LoadOrCreate(folder.HelperId), cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            await store.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
