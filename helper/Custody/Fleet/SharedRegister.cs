using E3.Relay.Helper.Store;

namespace E3.Relay.Helper.Custody.Fleet;

/// <summary>
/// A register in a store that may be down. While it is, nobody can store anything, because every helper stores there first; so there is nothing to agree on, and what another store has is served.
/// </summary>
/// <param name="open">Opens the register.</param>
/// <param name="isDown">True when the store with the register could not be read at last, and another one was.</param>
internal sealed class SharedRegister(Func<CancellationToken, Task<PostgresRegister>> open, Func<bool> isDown) : IFleetRegister
{
    private readonly SemaphoreSlim _turn = new(1);
    private PostgresRegister? _register;

    /// <inheritdoc/>
    public TimeSpan RenewInterval { get; } = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public async Task AnnounceAsync(FleetPosition? position, CancellationToken cancellationToken)
    {
        try
        {
            await (await GetAsync(cancellationToken).ConfigureAwait(false)).AnnounceAsync(position, cancellationToken).ConfigureAwait(false);
        }
        catch (StoreException) when (isDown())
        {
            // Said again when the store is back.
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<FleetPosition>> ReadOthersAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await (await GetAsync(cancellationToken).ConfigureAwait(false)).ReadOthersAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (StoreException) when (isDown())
        {
            return [];
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_register is not null)
            await _register.DisposeAsync().ConfigureAwait(false);
        _turn.Dispose();
    }

    private async Task<PostgresRegister> GetAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return _register ??= await open(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }
}
