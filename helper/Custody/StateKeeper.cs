using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Enclave.Protocol.Transport;
using E3.Relay.Helper.Custody.Fleet;
using E3.Relay.Helper.Store;

namespace E3.Relay.Helper.Custody;

/// <summary>
/// Orders every change of the state: an engine makes entries, every store holds them and has them read back equal, every live engine of the fleet has loaded them, and only then they are used.
/// Whatever is interrupted on the way is taken up by <see cref="FollowAsync"/>, by the next engine or by another helper: what is stored is loaded and used in the end, what is not stored was never used.
/// </summary>
internal sealed class StateKeeper(ISealedStore store, EngineSet engines, IFleetRegister register, EngineLoader loader, EngineSessions sessions, TimeProvider time, ILogger logger)
{
    private const int ConflictsMax = 5;
    private static readonly TimeSpan ChangeTimeout = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan EngineTimeout = TimeSpan.FromSeconds(5);

    // Longer than any lease, so that a helper that is gone holds nobody up for good.
    private static readonly TimeSpan AgreeTimeout = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan AgreePollInterval = TimeSpan.FromMilliseconds(20);
    private readonly Lock _learning = new();
    private volatile StoreState _known = StoreState.Empty;

    /// <summary>Makes entries out of the present state; null when there is nothing to change.</summary>
    public delegate Task<IReadOnlyList<ReadOnlyMemory<byte>>?> Maker(EnclaveConnection engine, StoreState present, CancellationToken cancellationToken);

    /// <summary>The state as it was last read.</summary>
    public StoreState Known => _known;

    /// <summary>Reads what is stored now.</summary>
    /// <exception cref="StoreException">It cannot be read, or is not a continuation of what was read before.</exception>
    public async Task<StoreState> ReadAsync(CancellationToken cancellationToken) => Learn(await store.ReadAsync(_known, cancellationToken).ConfigureAwait(false));

    /// <summary>Makes a change, and returns when every live engine uses it.</summary>
    /// <param name="make">Has an engine make the entries. Called again when somebody else stored something first.</param>
    /// <param name="cancellationToken">Ends the waiting; what was stored by then will be used all the same.</param>
    /// <returns>What is stored then; null when there was nothing to change.</returns>
    /// <exception cref="EnclaveUnavailableException">No engine serves, or the fleet is not in step. Where entries were stored, they will be used once it is.</exception>
    public Task<StoreState?> ChangeAsync(Maker make, CancellationToken cancellationToken) => engines.ChangeAsync(
        async live =>
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(ChangeTimeout);
            StoreState? after = await StoreAsync(live, make, limit.Token).ConfigureAwait(false);
            if (after is not null)
                await UseAsync(live, null, after, limit.Token).ConfigureAwait(false);
            return after;
        },
        cancellationToken);

    /// <summary>Runs something under the turn of changes, with all engines brought to what is stored.</summary>
    public Task<T> WithEnginesAsync<T>(Func<IReadOnlyList<LiveEngine>, StoreState, Task<T>> run, CancellationToken cancellationToken) => engines.ChangeAsync(
        async live =>
        {
            StoreState present = await ReadAsync(cancellationToken).ConfigureAwait(false);
            await UseAsync(live, null, present, cancellationToken).ConfigureAwait(false);
            return await run(engines.Live, present).ConfigureAwait(false);
        },
        cancellationToken);

    /// <summary>Brings an engine that is about to serve to what is stored by now. Called under the turn of changes.</summary>
    /// <param name="address">The engine's own address.</param>
    /// <param name="loaded">What it was brought up with.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task CatchUpAsync(EnclaveAddress address, StateSnapshot loaded, CancellationToken cancellationToken)
    {
        StoreState present = await ReadAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await UseAsync(engines.Live, address, present, cancellationToken).ConfigureAwait(false);
        }
        catch (AttestationRefusedException e) when (e.Error == AttestationError.RootNotSigned)
        {
            // All state moved to another root key while this engine was loaded under the one before.
            throw new EnclaveUnavailableException("the fleet moved to another root key", e);
        }
        catch (StoreException e) when (e.Error == StoreError.ChainMismatch)
        {
            throw new CustodyException($"the store was put back, or exchanged, while an engine was loaded from it ({loaded.Chain.Length} sealed entries)", e);
        }
    }

    /// <summary>Loads what other helpers store, and keeps the lease, until cancelled.</summary>
    /// <param name="outdated">Told when all state moved to another root key: the engines that serve must be replaced by ones that start with it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task FollowAsync(Action outdated, CancellationToken cancellationToken)
    {
        bool healthy = true;
        Task? changed = null;
        while (!cancellationToken.IsCancellationRequested)
        {
            string? trouble = await StepAsync(outdated, cancellationToken).ConfigureAwait(false);
            if (trouble is not null && healthy && !cancellationToken.IsCancellationRequested)
                CustodyLog.Degraded(logger, trouble);
            else if (trouble is null && !healthy)
                CustodyLog.Recovered(logger);
            healthy = trouble is null;
            Trouble = trouble ?? "";
            if (changed is null || changed.IsCompleted)
                changed = store.WaitForChangeAsync(_known, cancellationToken);
            Task pause = Task.Delay(register.RenewInterval, time, cancellationToken);

            // A store that cannot be reached ends the waiting at once: then it is asked again at the pace of the lease.
            Task first = await Task.WhenAny(changed, pause).ConfigureAwait(false);
            if (first == changed && !changed.IsCompletedSuccessfully)
                await pause.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Why nothing can be changed at present; empty when it can.</summary>
    public string Trouble { get; private set; } = "";

    private async Task<string?> StepAsync(Action outdated, CancellationToken cancellationToken)
    {
        try
        {
            if (engines.Live.Count == 0)
            {
                await register.AnnounceAsync(null, cancellationToken).ConfigureAwait(false);
                return null;
            }

            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(ChangeTimeout);
            bool current = await engines.ChangeAsync(
                async live =>
                {
                    StoreState present = await ReadAsync(limit.Token).ConfigureAwait(false);
                    return await UseAsync(live, null, present, limit.Token).ConfigureAwait(false);
                },
                limit.Token).ConfigureAwait(false);
            if (!current)
                outdated();
            return null;
        }
        catch (Exception e) when (e is StoreException or EnclaveUnavailableException or EnclaveException)
        {
            return e.Message;
        }
        catch (OperationCanceledException)
        {
            return "a store or an engine does not answer";
        }
    }

    // Returns what is stored then, with the new entries; null when there was nothing to do.
    private async Task<StoreState?> StoreAsync(IReadOnlyList<LiveEngine> live, Maker make, CancellationToken cancellationToken)
    {
        for (int conflicts = 0; ; conflicts++)
        {
            StoreState present = await ReadAsync(cancellationToken).ConfigureAwait(false);
            if (!await UseAsync(live, null, present, cancellationToken).ConfigureAwait(false))
                throw new EnclaveUnavailableException("the fleet moved to another root key; the engine is about to be replaced");
            LiveEngine maker = engines.Serving ?? throw new EnclaveUnavailableException("no engine serves");
            IReadOnlyList<ReadOnlyMemory<byte>>? entries;
            await using (EnclaveConnection engine = await sessions.OpenAsync(maker.Address, present, cancellationToken).ConfigureAwait(false))
                entries = await make(engine, present, cancellationToken).ConfigureAwait(false);
            if (entries is null)
                return null;
#if DEBUG
            if (PlantedFault.Is(PlantedFault.UseBeforeReadBack))
                await UseAsync(live, null, PlantedFault.Foresee(present, entries), cancellationToken).ConfigureAwait(false);
#endif
            FailPoint.Reach(FailPoint.Made);
            try
            {
                StoreState after = Learn(await store.AppendAsync(present, entries, cancellationToken).ConfigureAwait(false));
                FailPoint.Reach(FailPoint.Stored);
                return after;
            }
            catch (StoreException e) when (e.Error == StoreError.Conflict && conflicts < ConflictsMax)
            {
                // Somebody else was first: what was made here stands at a place that is taken, and is forgotten.
            }
        }
    }

    // Of two who read at the same time the one that saw less may come back later.
    private StoreState Learn(StoreState read)
    {
        lock (_learning)
        {
            if (read.Generation > _known.Generation || (read.Generation == _known.Generation && read.Snapshot.Chain.Length > _known.Snapshot.Chain.Length))
                _known = read;
        }

        return read;
    }

    // Loads everywhere, waits for the fleet, and only then lets it be used. False when an engine that serves belongs to an earlier generation.
    private async Task<bool> UseAsync(IReadOnlyList<LiveEngine> live, EnclaveAddress? joining, StoreState state, CancellationToken cancellationToken)
    {
        bool current = true;
        var loaded = new List<LiveEngine>();
        foreach (LiveEngine engine in live)
        {
            bool? isLoaded = await TryLoadAsync(engine, state, cancellationToken).ConfigureAwait(false);
            current &= isLoaded is not null || engine != engines.Serving;
            if (isLoaded == true)
                loaded.Add(engine);
        }

        if (joining is not null)
            await loader.LoadAsync(joining, state, cancellationToken).ConfigureAwait(false);
        bool isNew = joining is not null || loaded.Exists(engine => !loader.Uses(engine.Address, state));
        loader.Keep(live.Select(static engine => engine.Address).Concat(joining is null ? [] : [joining]));
        if (isNew)
            FailPoint.Reach(FailPoint.Loaded);
        if (loaded.Count == 0 && joining is null)
        {
            await register.AnnounceAsync(null, cancellationToken).ConfigureAwait(false);
            return current;
        }

        // The engines have opened every entry and use the new ones not yet: now each store is given what it lacks of them.
        await store.AcceptAsync(state, cancellationToken).ConfigureAwait(false);
        await AgreeAsync(FleetPosition.Of(state), cancellationToken).ConfigureAwait(false);
        if (isNew)
            FailPoint.Reach(FailPoint.Agreed);
        foreach (LiveEngine engine in loaded)
            await TryAsync(engine, token => loader.ActivateAsync(engine.Address, state, token), cancellationToken).ConfigureAwait(false);
        if (joining is not null)
            await loader.ActivateAsync(joining, state, cancellationToken).ConfigureAwait(false);
        if (isNew)
            FailPoint.Reach(FailPoint.Used);
        return current;
    }

    // Null when the engine is of an earlier generation. It may go on until it is replaced, for as long as it has every key that there is.
    private async Task<bool?> TryLoadAsync(LiveEngine engine, StoreState state, CancellationToken cancellationToken)
    {
        try
        {
            return await TryAsync(engine, token => loader.LoadAsync(engine.Address, state, token), cancellationToken).ConfigureAwait(false);
        }
        catch (AttestationRefusedException e) when (e.Error == AttestationError.RootNotSigned)
        {
            if (loader.LoadedOf(engine.Address) is { } length && length < state.Snapshot.Chain.Length)
                engine.Abandon("it has another root key, and not all that is stored");
            return null;
        }
    }

    // An engine that does not take what is stored is ended: only one that loads everything anew is in step again.
    private static async Task<bool> TryAsync(LiveEngine engine, Func<CancellationToken, Task> step, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(EngineTimeout);
        try
        {
            Task stepping = step(limit.Token);
            if (await Task.WhenAny(stepping, engine.Instance.Exited).ConfigureAwait(false) != stepping)
                await limit.CancelAsync().ConfigureAwait(false);
            await stepping.ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is EnclaveException or EnclaveUnavailableException or OperationCanceledException)
        {
            engine.Abandon("it did not take what is stored");
            return false;
        }
    }

    private async Task AgreeAsync(FleetPosition position, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp(), announced = started;
        await register.AnnounceAsync(position, cancellationToken).ConfigureAwait(false);
        bool warned = false;
        while (!(await register.ReadOthersAsync(cancellationToken).ConfigureAwait(false)).All(other => other.Covers(position)))
        {
            if (time.GetElapsedTime(started) > AgreeTimeout)
                throw new EnclaveUnavailableException("another helper's engines have not loaded what is stored; it will be used once they have");
            if (!warned && time.GetElapsedTime(started) > register.RenewInterval)
            {
                CustodyLog.FleetBehind(logger);
                warned = true;
            }

            if (time.GetElapsedTime(announced) > register.RenewInterval)
            {
                announced = time.GetTimestamp();
                await register.AnnounceAsync(position, cancellationToken).ConfigureAwait(false);
            }

            await Task.Delay(AgreePollInterval, time, cancellationToken).ConfigureAwait(false);
        }
    }
}
